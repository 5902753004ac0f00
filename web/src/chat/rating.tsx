import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { usePage } from "./page_context";
import { RatingForm } from "./rating_form";

interface RatingProps {
  question: string;
  rated: boolean;
  onRate: (stars: number, reason: string) => Promise<boolean>;
  onDismiss?: () => void;
}

/** The question how it was; thanks once it is answered. */
export function Rating({ question, rated, onRate, onDismiss }: RatingProps) {
  const { words } = usePage();
  return (
    <div aria-live="polite">
      {rated ? (
        <StatusIndicator type="success">{words.thanksForRating}</StatusIndicator>
      ) : (
        <RatingForm question={question} onRate={onRate} onDismiss={onDismiss} />
      )}
    </div>
  );
}
