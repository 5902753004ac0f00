import "./rating_form.css";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { usePage } from "./page_context";
import { StarRating } from "./star_rating";

const REASON_CHARS = 1000;

interface RatingFormProps {
  question: string;
  /** False when it could not be given: what was written stays. */
  onRate: (stars: number, reason: string) => Promise<boolean>;
  /** Given where the rating may be put off. */
  onDismiss?: () => void;
}

/** Stars, and why if the customer wants to say so. */
export function RatingForm({ question, onRate, onDismiss }: RatingFormProps) {
  const { words } = usePage();
  const [stars, setStars] = useState<number | null>(null);
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);

  async function rate() {
    if (stars === null) return;
    setSending(true);
    await onRate(stars, reason.trim());
    setSending(false);
  }

  return (
    <div className="rating-form">
      <StarRating question={question} stars={stars} onChange={setStars} />
      {stars !== null && (
        <FormField label={words.reasonOptional} stretch>
          <Textarea
            value={reason}
            rows={2}
            onChange={({ detail }) => setReason(detail.value)}
            nativeTextareaAttributes={{ maxLength: REASON_CHARS, dir: "auto" }}
          />
        </FormField>
      )}
      {(stars !== null || onDismiss) && (
        <div className="rating-form-buttons">
          {stars !== null && (
            <Button variant="primary" loading={sending} onClick={() => void rate()}>
              {words.sendRating}
            </Button>
          )}
          {onDismiss && (
            <Button variant="link" onClick={onDismiss}>
              {words.notNow}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
