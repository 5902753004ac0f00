import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import { useEffect, useRef, useState } from "react";

interface PutAsideFormProps {
  action: "skip" | "flag";
  reason: string;
  busy: boolean;
  onWrite: (reason: string) => void;
  onConfirm: (action: "skip" | "flag") => void;
  onCancel: () => void;
}

const WORDS = {
  skip: {
    label: "Why do you skip it?",
    description: "Somebody else rates it instead of you: you know the customer, say.",
    confirm: "Skip (Enter)",
  },
  flag: {
    label: "Why can nobody rate it?",
    description: "A lead decides what becomes of it: it holds personal data, or makes no sense.",
    confirm: "Flag (Enter)",
  },
} as const;

/** The server's limit, in characters. */
const LONGEST = 1000;

/** An item is put aside, with a reason. */
export default function PutAsideForm(props: PutAsideFormProps) {
  const { action, reason, busy, onWrite, onConfirm, onCancel } = props;
  const words = WORDS[action];
  const [asked, setAsked] = useState(false);
  const field = useRef<InputProps.Ref>(null);
  useEffect(() => field.current?.focus(), []);
  const problem = !reason.trim()
    ? asked && "Say why, in a few words."
    : reason.length > LONGEST && `At most ${LONGEST.toLocaleString()} characters.`;
  return (
    <form
      className="judging-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (reason.trim() && reason.length <= LONGEST) onConfirm(action);
        else field.current?.focus();
      }}
    >
      <FormField
        stretch
        label={words.label}
        description={words.description}
        errorText={problem || undefined}
      >
        <Input
          ref={field}
          value={reason}
          autoComplete={false}
          onChange={({ detail }) => onWrite(detail.value)}
        />
      </FormField>
      <div className="judging-actions">
        <Button variant="primary" loading={busy} loadingText="Saving">
          {words.confirm}
        </Button>
        <Button variant="link" formAction="none" onClick={onCancel}>
          Cancel (Esc)
        </Button>
      </div>
    </form>
  );
}
