import type { Draft, OpenedConversation } from "../live/desk_conversation";

/**
 * The withheld answer, as long as it is still of use: not if an expert has sent it already, as it
 * was or edited. What was sent from a draft carries the draft's sources.
 */
export function usableDraft(opened: OpenedConversation): Draft | null {
  const draft = opened.background?.draft ?? null;
  if (!draft) return null;
  const used = opened.conversation.turns.some(
    (turn) =>
      turn.author === "expert" &&
      Date.parse(turn.at) >= Date.parse(draft.at) &&
      (turn.sources.length > 0 || turn.text === draft.text),
  );
  return used ? null : draft;
}
