import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { Notice } from "../live/review_snapshot";
import { useOnline } from "../shared/online";
import { PlainText } from "../shared/plain_text";

interface NoticesProps {
  notice: Notice | null;
  unreachable: boolean;
  onRetry: () => void;
  onDismiss: () => void;
}

const UNSAVED = {
  rate: "The rating is not saved yet",
  skip: "It is not skipped yet",
  flag: "It is not flagged yet",
  undo: "It is not undone yet",
} as const;

/** What went otherwise than meant. */
export default function Notices({ notice, unreachable, onRetry, onDismiss }: NoticesProps) {
  const online = useOnline();
  const retry = <Button onClick={onRetry}>Try again now</Button>;
  return (
    <div className="notices" role="status">
      {notice?.kind === "unsaved" && (
        <Alert type="warning" header={UNSAVED[notice.action]} action={retry}>
          {online ? notice.message : "You are offline."} What you chose and wrote is still here; it
          is tried again by itself.
        </Alert>
      )}
      {notice?.kind === "refused" && (
        <Alert type="error" dismissible onDismiss={onDismiss}>
          {notice.message}
          <Typed typed={notice.typed} />
        </Alert>
      )}
      {notice?.kind === "too_late" && (
        <Alert
          type="warning"
          header="It was saved just before your last change"
          dismissible
          onDismiss={onDismiss}
        >
          Undo brings the item back, with what you changed.
        </Alert>
      )}
      {notice?.kind === "unplaced" && (
        <Alert
          type="info"
          header="What you wrote for another item"
          dismissible
          onDismiss={onDismiss}
        >
          That item is not before you any more, so it was not saved.
          <Typed typed={notice.typed} />
        </Alert>
      )}
      {notice?.kind === "lost" && (
        <Alert
          type="info"
          header="The last item went to somebody else"
          dismissible
          onDismiss={onDismiss}
        >
          {notice.message} It was not rated by you; go on with the next one.
          <Typed typed={notice.typed} />
        </Alert>
      )}
      {!notice && (unreachable || !online) && (
        <Alert
          type="warning"
          header={online ? "The server is not reached" : "You are offline"}
          action={retry}
        >
          It is tried again by itself. What you chose and wrote is still here.
        </Alert>
      )}
    </div>
  );
}

/** Written in vain: to be copied from here. */
function Typed({ typed }: { typed: string }) {
  if (!typed) return null;
  return (
    <>
      <p>What you had written, should you need it:</p>
      <PlainText text={typed} />
    </>
  );
}
