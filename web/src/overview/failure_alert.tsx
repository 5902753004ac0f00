import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Refused } from "../live/http";

/** Why there are no figures, or only those of `asOf`. */
export default function FailureAlert({
  failure,
  asOf,
  onRetry,
}: {
  failure: Error;
  asOf: string | null;
  onRetry: () => void;
}) {
  return (
    <Alert
      type={asOf ? "warning" : "error"}
      header={
        asOf
          ? `The figures are as of ${asOf}; they could not be refreshed`
          : "The figures could not be read"
      }
      action={<Button onClick={onRetry}>Try again</Button>}
    >
      {explanation(failure)}
    </Alert>
  );
}

function explanation(failure: Error): string {
  if (!(failure instanceof Refused)) return `${failure.message} It is tried again every minute.`;
  if (failure.code === "not_signed_in") {
    return "Your sign-in has ended. Reload the page and sign in again.";
  }
  return failure.message;
}
