import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Hold } from "./hold";
import { Deadline, Unanswered, WaitingTime } from "./waiting_time";

interface HoldLineProps {
  hold: Hold;
  skew_ms: number;
  /** When the customer wrote what has no answer yet. */
  unanswered: string | null;
}

/** Who has the word in a conversation, in a line. */
export default function HoldLine({ hold, skew_ms, unanswered }: HoldLineProps) {
  switch (hold.kind) {
    case "waiting":
      return (
        <span className="hold-line">
          {hold.call.deadline ? (
            <Deadline deadline={hold.call.deadline} skew_ms={skew_ms} />
          ) : (
            <StatusIndicator type="in-progress">being announced</StatusIndicator>
          )}
          <WaitingTime since={hold.call.requested_at} skew_ms={skew_ms} />
        </span>
      );
    case "mine":
      return (
        <span className="hold-line">
          <StatusIndicator type="success">You hold it</StatusIndicator>
          {unanswered && <Unanswered since={unanswered} skew_ms={skew_ms} />}
        </span>
      );
    case "colleague":
      return <StatusIndicator type="info">{hold.name} holds it</StatusIndicator>;
    case "assistant":
      return <StatusIndicator type="stopped">With the assistant</StatusIndicator>;
    case "closed":
      return <StatusIndicator type="stopped">Closed</StatusIndicator>;
  }
}
