import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { readable } from "../shared/readable";
import { useAttempt } from "./attempt";
import NewPasswordFields, { newPasswordProblem } from "./new_password_fields";
import SignInCard from "./sign_in_card";

interface NewPasswordFormProps {
  /** Attributes that the team wants to know of this person, as Cognito names them. */
  missing: readonly string[];
  onChosen: (password: string, attributes: Record<string, string>) => Promise<void>;
  onCancel: () => void;
}

/** The first sign-in: the temporary password is replaced. */
export default function NewPasswordForm({ missing, onChosen, onCancel }: NewPasswordFormProps) {
  const [chosen, setChosen] = useState({ password: "", again: "" });
  const [attributes, setAttributes] = useState<Record<string, string>>({});
  const { busy, problem, attempt } = useAttempt();
  const submit = async () => {
    const wrong = newPasswordProblem(chosen);
    if (wrong) throw new Error(wrong);
    await onChosen(chosen.password, attributes);
  };
  return (
    <SignInCard
      heading="Choose your password"
      description="You have signed in with a temporary password. Choose your own."
      submit="Save and sign in"
      busy={busy}
      problem={problem}
      onSubmit={() => attempt(submit)}
      aside={{ text: "Cancel", onClick: onCancel }}
    >
      <NewPasswordFields value={chosen} onChange={setChosen} autoFocus />
      {missing.map((attribute) => (
        <FormField key={attribute} label={readable(attribute)}>
          <Input
            value={attributes[attribute] ?? ""}
            onChange={({ detail }) =>
              setAttributes((before) => ({ ...before, [attribute]: detail.value }))
            }
          />
        </FormField>
      ))}
    </SignInCard>
  );
}
