import type { EscalationView } from "../contracts/frames";
import type { OpenedConversation } from "../live/desk_conversation";
import { callOf, type DeskQueue, isOpen, isWaiting } from "../live/desk_queue";

/**
 * Who has the word in a conversation, as `user` sees it:
 * `waiting` – nobody yet, it may be taken over; `mine`; `colleague`; `assistant` – nobody is called
 * for; `closed`.
 */
export type Hold =
  | { kind: "waiting"; call: EscalationView }
  | { kind: "mine"; call: EscalationView }
  | { kind: "colleague"; name: string; call: EscalationView | null }
  | { kind: "assistant" }
  | { kind: "closed" };

/** The queue knows first; a conversation that was read says the rest. */
export function holdOf(opened: OpenedConversation, queue: DeskQueue, user: string): Hold {
  const { conversation, background, conversation_id } = opened;
  const read = background?.escalations.find(
    (escalation) => isOpen(escalation) && !queue.ended.has(escalation.escalation_id),
  );
  const call = callOf(queue, conversation_id) ?? read;
  if (call && isWaiting(call)) return { kind: "waiting", call };
  if (call?.claimed_by === user) return { kind: "mine", call };
  if (call) return { kind: "colleague", name: call.claimed_name ?? "A colleague", call };
  if (conversation.owner === "closed") return { kind: "closed" };
  if (conversation.owner === "expert") {
    return { kind: "colleague", name: conversation.expert_name ?? "A colleague", call: null };
  }
  return { kind: "assistant" };
}

/** The follow-up that is due in a conversation. */
export function followUpOf(queue: DeskQueue, conversation_id: string): EscalationView | null {
  const due = [...queue.follow_ups.values()];
  return due.find((escalation) => escalation.conversation_id === conversation_id) ?? null;
}
