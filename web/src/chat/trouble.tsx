import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { Snapshot } from "../live/customer_session";
import { useOnline } from "../shared/online";
import { useLasting } from "./lasting";
import { Notice } from "./notice";
import { usePage } from "./page_context";

/** A connection that is back within so long was never missed. */
const NOTICED_MS = 2_000;

interface TroubleProps {
  snapshot: Pick<Snapshot, "link" | "problem">;
  onTryAgain: () => void;
  onDismiss: () => void;
}

/** What does not work, and what to do about it; nothing while all is well. */
export function Trouble({ snapshot, onTryAgain, onDismiss }: TroubleProps) {
  const { words } = usePage();
  const { link, problem } = snapshot;
  const online = useOnline();
  const lost = useLasting(
    link === "lost" || (link !== "idle" && problem === "unreachable"),
    NOTICED_MS,
  );
  switch (problem) {
    case "too_many":
    case "not_signed_in":
      return (
        <Alert
          type="warning"
          action={<Button onClick={onTryAgain}>{words.tryAgain}</Button>}
          dismissible
          dismissAriaLabel={words.dismiss}
          onDismiss={onDismiss}
        >
          {problem === "too_many" ? words.tooMany : words.notSignedIn}
        </Alert>
      );
    case "expired":
      return (
        <Alert type="warning" action={<Button onClick={onTryAgain}>{words.beginAnew}</Button>}>
          {words.expired}
        </Alert>
      );
    case "failed":
      return (
        <Alert type="error" dismissible dismissAriaLabel={words.dismiss} onDismiss={onDismiss}>
          {words.failed}
        </Alert>
      );
    default:
  }
  if (!online) return <Notice type="warning">{words.offline}</Notice>;
  if (lost) return <Notice type="waiting">{words.connectionLost}</Notice>;
  if (problem === "unreachable" && link === "idle") {
    return (
      <Alert type="warning" action={<Button onClick={onTryAgain}>{words.tryAgain}</Button>}>
        {words.unreachable}
      </Alert>
    );
  }
  return null;
}
