import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { EscalationView } from "../contracts/frames";
import type { OpenedConversation } from "../live/desk_conversation";
import { isOpen } from "../live/desk_queue";
import { moment } from "../shared/time";
import { statusWords, triggerWords } from "./escalation_words";

interface ColumnNoticesProps {
  opened: OpenedConversation;
  follow_up: EscalationView | null;
  /** The escalation that an e-mail's link was about. */
  linked: string | null;
  onSeen: () => void;
  onFollowUp: () => void;
}

/** What has to be known before anything is written. */
export default function ColumnNotices(props: ColumnNoticesProps) {
  const { opened, follow_up, linked, onSeen, onFollowUp } = props;
  const escalations = opened.background?.escalations ?? [];
  const ended = escalations.find((one) => one.escalation_id === linked && !isOpen(one));
  return (
    <>
      {opened.notice && (
        <div role="alert">
          <Alert type="warning" dismissible dismissAriaLabel="Dismiss" onDismiss={onSeen}>
            {opened.notice}
          </Alert>
        </div>
      )}
      {follow_up ? (
        <Alert
          type="warning"
          header="Follow-up due"
          action={<Button onClick={onFollowUp}>Follow-up done</Button>}
        >
          {triggerWords(follow_up.trigger)}, and nobody came in time. The customer was told that
          somebody gets back to them.
        </Alert>
      ) : (
        ended && (
          <Alert type="info">
            The call that the e-mail was about has ended: {statusWords(ended.status).toLowerCase()}
            {ended.claimed_name ? ` (${ended.claimed_name})` : ""}
            {ended.ended_at ? `, ${moment(ended.ended_at)}` : ""}.
          </Alert>
        )
      )}
    </>
  );
}
