import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { CompareNotice } from "../../live/compare_snapshot";
import { useOnline } from "../../shared/online";

interface CompareNoticesProps {
  notice: CompareNotice | null;
  unreachable: boolean;
  onRetry: () => void;
  onDismiss: () => void;
}

/** What went otherwise than meant. */
export default function CompareNotices(props: CompareNoticesProps) {
  const { notice, unreachable, onRetry, onDismiss } = props;
  const online = useOnline();
  const retry = <Button onClick={onRetry}>Try again now</Button>;
  return (
    <div className="notices" role="status">
      {notice?.kind === "unsaved" && (
        <Alert type="warning" header="Your choice is not saved yet" action={retry}>
          {online ? notice.message : "You are offline."} It is still here, and is tried again by
          itself.
        </Alert>
      )}
      {notice?.kind === "refused" && (
        <Alert type="error" dismissible onDismiss={onDismiss}>
          {notice.message}
        </Alert>
      )}
      {notice?.kind === "lost" && (
        <Alert
          type="info"
          header="The last pair is not yours any more"
          dismissible
          onDismiss={onDismiss}
        >
          {notice.message} Go on with what is here now.
        </Alert>
      )}
      {!notice && (unreachable || !online) && (
        <Alert
          type="warning"
          header={online ? "The server is not reached" : "You are offline"}
          action={retry}
        >
          It is tried again by itself.
        </Alert>
      )}
    </div>
  );
}
