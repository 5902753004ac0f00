import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useNow } from "../shared/now";
import { duration } from "../shared/time";
import { countdown, secondsSince } from "./deadline";

const LEVELS = { calm: "pending", soon: "warning", now: "error" } as const;
/** After this a customer wonders whether somebody is still there. */
const UNANSWERED_LONG_SECONDS = 60;

/** How long somebody has waited, ticking. Read out when it is read, not each second. */
export function WaitingTime({ since, skew_ms }: { since: string; skew_ms: number }) {
  const seconds = secondsSince(since, useNow() - skew_ms);
  return <span role="timer">waiting {duration(seconds)}</span>;
}

/** What is left until the next tier is called, or the request expires. */
export function Deadline({ deadline, skew_ms }: { deadline: string; skew_ms: number }) {
  const { text, level } = countdown(deadline, useNow() - skew_ms);
  return (
    <span role="timer">
      <StatusIndicator type={LEVELS[level]}>{text}</StatusIndicator>
    </span>
  );
}

/** The customer has written, and nobody has answered yet. */
export function Unanswered({ since, skew_ms }: { since: string; skew_ms: number }) {
  const seconds = secondsSince(since, useNow() - skew_ms);
  return (
    <span role="timer">
      <StatusIndicator type={seconds < UNANSWERED_LONG_SECONDS ? "info" : "warning"}>
        to answer since {duration(seconds)}
      </StatusIndicator>
    </span>
  );
}
