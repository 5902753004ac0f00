import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAttempt } from "./attempt";
import SignInCard from "./sign_in_card";

interface PasswordFormProps {
  /** Known from before: who has to sign in again. */
  name: string;
  heading: string;
  description: string;
  onSignIn: (name: string, password: string) => Promise<void>;
  onForgotten: (name: string) => void;
}

export default function PasswordForm(props: PasswordFormProps) {
  const { heading, description, onSignIn, onForgotten } = props;
  const [name, setName] = useState(props.name);
  const [password, setPassword] = useState("");
  const { busy, problem, attempt } = useAttempt();
  return (
    <SignInCard
      heading={heading}
      description={description}
      submit="Sign in"
      busy={busy}
      problem={problem}
      onSubmit={() => attempt(() => onSignIn(name.trim(), password))}
      aside={{ text: "Forgotten your password?", onClick: () => onForgotten(name.trim()) }}
    >
      <FormField label="User name or e-mail address">
        <Input
          value={name}
          onChange={({ detail }) => setName(detail.value)}
          autoComplete="username"
          disableBrowserAutocorrect
          spellcheck={false}
          autoFocus={props.name === ""}
        />
      </FormField>
      <FormField label="Password">
        <Input
          type="password"
          value={password}
          onChange={({ detail }) => setPassword(detail.value)}
          autoComplete="current-password"
          autoFocus={props.name !== ""}
        />
      </FormField>
    </SignInCard>
  );
}
