import "./queue_entry.css";
import ActionCard from "@cloudscape-design/components/action-card";
import Badge from "@cloudscape-design/components/badge";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { EscalationView } from "../contracts/frames";
import { isWaiting } from "../live/desk_queue";
import { moment } from "../shared/time";
import { customerWords, furtherReason, languageWords, triggerWords } from "./escalation_words";
import { Deadline, Unanswered, WaitingTime } from "./waiting_time";

interface QueueEntryProps {
  escalation: EscalationView;
  /** The user name of who reads the queue. */
  me: string;
  skew_ms: number;
  /** When the customer wrote what has no answer yet. */
  unanswered: string | null;
  /** Its conversation stands in a column. */
  open: boolean;
  onOpen: () => void;
}

/** One call for a person. A click opens the conversation and decides nothing. */
export default function QueueEntry(props: QueueEntryProps) {
  const { escalation, me, skew_ms, unanswered, open, onOpen } = props;
  const { trigger, customer_id, language, tier, deadline, requested_at } = escalation;
  const waits = isWaiting(escalation);
  return (
    <ActionCard
      variant="embedded"
      header={triggerWords(trigger)}
      description={furtherReason(escalation) ?? undefined}
      onClick={onOpen}
      nativeButtonAttributes={{ "aria-current": open ? "true" : undefined }}
    >
      <div className="queue-entry">
        {waits && (
          <div className="queue-entry-line">
            {deadline ? (
              <Deadline deadline={deadline} skew_ms={skew_ms} />
            ) : (
              <StatusIndicator type="in-progress">being announced</StatusIndicator>
            )}
            <WaitingTime since={requested_at} skew_ms={skew_ms} />
          </div>
        )}
        {escalation.claimed_by === me && unanswered && (
          <Unanswered since={unanswered} skew_ms={skew_ms} />
        )}
        {escalation.follow_up && <div>asked on {moment(requested_at)}</div>}
        {escalation.claimed_by !== null && escalation.claimed_by !== me && (
          <div>with {escalation.claimed_name ?? "a colleague"}</div>
        )}
        <div className="queue-entry-line">
          {escalation.assigned_to === me && waits && <Badge color="blue">Meant for you</Badge>}
          {escalation.assigned_to !== null && escalation.assigned_to !== me && waits && (
            <Badge>For {escalation.assigned_to}</Badge>
          )}
          <span>{customerWords(customer_id)}</span>
          <span>{languageWords(language)}</span>
          {waits && tier && <span>tier {tier}</span>}
          {open && <span className="queue-entry-open">open</span>}
        </div>
      </div>
    </ActionCard>
  );
}
