import type { EscalationView } from "../contracts/frames";
import { type DeskQueue, isWaiting } from "../live/desk_queue";

export interface QueueSections {
  waiting: readonly EscalationView[];
  mine: readonly EscalationView[];
  colleagues: readonly EscalationView[];
  follow_ups: readonly EscalationView[];
}

/** The queue as `user` reads it: the most urgent first. */
export function sectionsOf(queue: DeskQueue, user: string): QueueSections {
  const open = [...queue.open.values()];
  const held = open.filter((escalation) => !isWaiting(escalation)).sort(byAge);
  return {
    waiting: open.filter(isWaiting).sort((one, other) => {
      const meant = Number(other.assigned_to === user) - Number(one.assigned_to === user);
      return meant || byDeadline(one, other) || byAge(one, other);
    }),
    mine: held.filter((escalation) => escalation.claimed_by === user),
    colleagues: held.filter((escalation) => escalation.claimed_by !== user),
    follow_ups: [...queue.follow_ups.values()].sort(byAge),
  };
}

/**
 * One without a deadline has just been requested or given back, and gets one within moments: until
 * then it stands behind the others, so that nothing jumps.
 */
function byDeadline(one: EscalationView, other: EscalationView): number {
  if (one.deadline && other.deadline) return Date.parse(one.deadline) - Date.parse(other.deadline);
  return Number(one.deadline === null) - Number(other.deadline === null);
}

function byAge(one: EscalationView, other: EscalationView): number {
  return (
    Date.parse(one.requested_at) - Date.parse(other.requested_at) ||
    (one.escalation_id < other.escalation_id ? -1 : 1)
  );
}
