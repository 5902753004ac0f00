import type { EscalationView } from "../contracts/frames";

/**
 * Who waits, who is being helped, and who has to be got back to, as the desk knows it. Whatever
 * arrives twice or late ends in the same state: escalations are known by their id, and one that has
 * ended never opens again.
 */
export interface DeskQueue {
  /** By escalation id: those that wait or are held. */
  open: ReadonlyMap<string, EscalationView>;
  /** By escalation id: those that expired and want a follow-up. */
  follow_ups: ReadonlyMap<string, EscalationView>;
  /** Ids of escalations that have ended: what is late about them is not believed. */
  ended: ReadonlySet<string>;
}

export const NO_QUEUE: DeskQueue = { open: new Map(), follow_ups: new Map(), ended: new Set() };

export function isWaiting(escalation: EscalationView): boolean {
  return escalation.status === "requested" || escalation.status === "waiting";
}

export function isOpen(escalation: EscalationView): boolean {
  return isWaiting(escalation) || escalation.status === "claimed";
}

/** The queue after news of one escalation. */
export function withEscalation(queue: DeskQueue, escalation: EscalationView): DeskQueue {
  const { escalation_id } = escalation;
  if (isOpen(escalation)) {
    if (queue.ended.has(escalation_id)) return queue;
    return { ...queue, open: new Map(queue.open).set(escalation_id, escalation) };
  }
  const open = new Map(queue.open);
  open.delete(escalation_id);
  const follow_ups = new Map(queue.follow_ups);
  if (escalation.follow_up) follow_ups.set(escalation_id, escalation);
  else follow_ups.delete(escalation_id);
  return { open, follow_ups, ended: new Set(queue.ended).add(escalation_id) };
}

/**
 * The queue as the server lists it. `meanwhile` are the news that came while it was read: the lists
 * may be older than they are.
 */
export function ofLists(
  queue: DeskQueue,
  open: readonly EscalationView[],
  follow_ups: readonly EscalationView[],
  meanwhile: readonly EscalationView[],
): DeskQueue {
  const read: DeskQueue = {
    open: byId(open.filter((escalation) => !queue.ended.has(escalation.escalation_id))),
    follow_ups: byId(follow_ups),
    ended: queue.ended,
  };
  return meanwhile.reduce(withEscalation, read);
}

/** The open escalation of a conversation: there is at most one. */
export function callOf(queue: DeskQueue, conversation_id: string): EscalationView | undefined {
  return [...queue.open.values()].find(
    (escalation) => escalation.conversation_id === conversation_id,
  );
}

export function heldBy(queue: DeskQueue, user: string): EscalationView[] {
  return [...queue.open.values()].filter(
    (escalation) => escalation.status === "claimed" && escalation.claimed_by === user,
  );
}

/**
 * Those that call `user` since `before`: they wait now and did not, or are meant for this person
 * now and were not. Not those that are meant for somebody else.
 */
export function calls(before: DeskQueue, after: DeskQueue, user: string): EscalationView[] {
  const called = (escalation: EscalationView) =>
    isWaiting(escalation) && (escalation.assigned_to === null || escalation.assigned_to === user);
  return [...after.open.values()].filter((now) => {
    const earlier = before.open.get(now.escalation_id);
    if (!called(now)) return false;
    return !earlier || !called(earlier) || now.assigned_to !== earlier.assigned_to;
  });
}

function byId(escalations: readonly EscalationView[]): Map<string, EscalationView> {
  return new Map(escalations.map((escalation) => [escalation.escalation_id, escalation]));
}
