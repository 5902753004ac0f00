import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { useAttempt } from "./attempt";
import type { AppKey } from "./authentication";
import AuthenticatorKey from "./authenticator_key";
import SignInCard from "./sign_in_card";

interface CodeFormProps {
  /** Given when this person's authenticator app does not know the desk yet. */
  enrol: AppKey | null;
  onCode: (code: string) => Promise<void>;
  onCancel: () => void;
}

/** What a person has typed as the number, without its gaps. Throws what to do if it is none. */
export function sixDigits(code: string): string {
  const digits = code.replace(/\s/g, "");
  if (!/^\d{6}$/.test(digits)) throw new Error("Enter the six digits that the app shows.");
  return digits;
}

/** The number of the authenticator app (TOTP, RFC 6238). */
export default function CodeForm({ enrol, onCode, onCancel }: CodeFormProps) {
  const [code, setCode] = useState("");
  const { busy, problem, attempt } = useAttempt();
  const submit = async () => {
    await onCode(sixDigits(code));
  };
  return (
    <SignInCard
      heading={enrol ? "Set up your second step" : "Second step"}
      description={
        enrol
          ? "Your team asks for an authenticator app. Scan the code with it or enter the key, then the number it shows."
          : "Enter the number that your authenticator app shows for Tandem."
      }
      submit="Continue"
      busy={busy}
      problem={problem}
      onSubmit={() => attempt(submit)}
      aside={{ text: "Cancel", onClick: onCancel }}
    >
      {enrol && <AuthenticatorKey {...enrol} />}
      <FormField label="Six digits">
        <Input
          value={code}
          onChange={({ detail }) => setCode(detail.value)}
          autoComplete="one-time-code"
          inputMode="numeric"
          autoFocus
        />
      </FormField>
    </SignInCard>
  );
}
