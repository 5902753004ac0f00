import "./answer_reason.css";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { usePage } from "./page_context";

/** A reason may have 1000 characters; some are for the chosen one. */
const OWN_WORDS = 900;

interface AnswerReasonProps {
  onSend: (reason: string) => void;
  onSkip: () => void;
}

/** Why an answer was not helpful: one of a few reasons, or the customer's own words, or both. */
export function AnswerReason({ onSend, onSkip }: AnswerReasonProps) {
  const { words } = usePage();
  const [chosen, setChosen] = useState<string | null>(null);
  const [own, setOwn] = useState("");
  const reason = [chosen, own.trim()].filter(Boolean).join(": ");
  return (
    <div className="answer-reason">
      <FormField label={words.whatWasWrong} stretch>
        <RadioGroup
          value={chosen}
          onChange={({ detail }) => setChosen(detail.value)}
          items={words.wrongReasons.map((label) => ({ value: label, label }))}
        />
      </FormField>
      <Textarea
        value={own}
        rows={2}
        ariaLabel={words.ownWords}
        placeholder={words.ownWords}
        onChange={({ detail }) => setOwn(detail.value)}
        nativeTextareaAttributes={{ maxLength: OWN_WORDS, dir: "auto" }}
      />
      <div className="answer-reason-buttons">
        <Button disabled={!reason} onClick={() => onSend(reason)}>
          {words.sendReason}
        </Button>
        <Button variant="link" onClick={onSkip}>
          {words.skip}
        </Button>
      </div>
    </div>
  );
}
