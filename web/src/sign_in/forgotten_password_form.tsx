import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAttempt } from "./attempt";
import type { Authentication } from "./authentication";
import NewPasswordFields, { newPasswordProblem } from "./new_password_fields";
import SignInCard from "./sign_in_card";

interface ForgottenPasswordFormProps {
  authentication: Pick<Authentication, "sendResetCode" | "resetPassword">;
  name: string;
  /** Done: sign in with the new password. */
  onReset: (name: string, password: string) => Promise<void>;
  onCancel: () => void;
}

/** A new password with a code that is sent by e-mail. */
export default function ForgottenPasswordForm(props: ForgottenPasswordFormProps) {
  const { authentication, onReset, onCancel } = props;
  const [name, setName] = useState(props.name);
  const [sent, setSent] = useState<{ to: string | null } | null>(null);
  const [code, setCode] = useState("");
  const [chosen, setChosen] = useState({ password: "", again: "" });
  const { busy, problem, attempt } = useAttempt();

  const send = async () => {
    if (!name.trim()) throw new Error("Enter your user name or e-mail address.");
    setSent({ to: await authentication.sendResetCode(name.trim()) });
  };
  const reset = async () => {
    const wrong = newPasswordProblem(chosen);
    if (!code.trim()) throw new Error("Enter the code from the e-mail.");
    if (wrong) throw new Error(wrong);
    await authentication.resetPassword(name.trim(), code.trim(), chosen.password);
    await onReset(name.trim(), chosen.password);
  };

  if (!sent) {
    return (
      <SignInCard
        heading="New password"
        description="A code is sent to your e-mail address. With it you choose a new password."
        submit="Send the code"
        busy={busy}
        problem={problem}
        onSubmit={() => attempt(send)}
        aside={{ text: "Back", onClick: onCancel }}
      >
        <FormField label="User name or e-mail address">
          <Input
            value={name}
            onChange={({ detail }) => setName(detail.value)}
            autoComplete="username"
            disableBrowserAutocorrect
            spellcheck={false}
            autoFocus
          />
        </FormField>
      </SignInCard>
    );
  }
  return (
    <SignInCard
      heading="New password"
      // Nobody learns here whether a user exists.
      description={`If this user exists, a code is on its way${sent.to ? ` to ${sent.to}` : ""}.`}
      submit="Save and sign in"
      busy={busy}
      problem={problem}
      onSubmit={() => attempt(reset)}
      aside={{ text: "Back", onClick: () => setSent(null) }}
    >
      <FormField label="Code from the e-mail">
        <Input
          value={code}
          onChange={({ detail }) => setCode(detail.value)}
          autoComplete="one-time-code"
          autoFocus
        />
      </FormField>
      <NewPasswordFields value={chosen} onChange={setChosen} />
    </SignInCard>
  );
}
