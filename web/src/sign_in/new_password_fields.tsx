import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

export interface NewPassword {
  password: string;
  again: string;
}

/** Why a new password cannot be sent yet; the pool's own rules are the pool's to check. */
export function newPasswordProblem({ password, again }: NewPassword): string | null {
  if (!password) return "Enter a new password.";
  return password === again ? null : "The two passwords differ.";
}

interface NewPasswordFieldsProps {
  value: NewPassword;
  onChange: (value: NewPassword) => void;
  autoFocus?: boolean;
}

export default function NewPasswordFields(props: NewPasswordFieldsProps) {
  const { value, onChange, autoFocus = false } = props;
  return (
    <>
      <FormField
        label="New password"
        constraintText="At least 12 characters, with capital and small letters, a number and a sign."
      >
        <Input
          type="password"
          value={value.password}
          onChange={({ detail }) => onChange({ ...value, password: detail.value })}
          autoComplete="new-password"
          autoFocus={autoFocus}
        />
      </FormField>
      <FormField label="New password again">
        <Input
          type="password"
          value={value.again}
          onChange={({ detail }) => onChange({ ...value, again: detail.value })}
          autoComplete="new-password"
        />
      </FormField>
    </>
  );
}
