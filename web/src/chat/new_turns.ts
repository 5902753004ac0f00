import { useEffect, useRef } from "react";
import type { TurnSent } from "../contracts/frames";
import type { Conversation } from "../live/conversation";

/**
 * Calls `onNew` with the turns of others that have come since the page has shown the conversation;
 * what was there when it was first read is not new.
 */
export function useNewTurns(
  { conversation_id, turns }: Pick<Conversation, "conversation_id" | "turns">,
  onNew: (turns: TurnSent[]) => void,
): void {
  const known = useRef<{ conversation_id: string; seq: number } | null>(null);
  const tell = useRef(onNew);
  useEffect(() => {
    tell.current = onNew;
  });
  useEffect(() => {
    const before = known.current;
    const seq = turns.at(-1)?.seq ?? 0;
    known.current = conversation_id === null ? null : { conversation_id, seq };
    if (before === null || before.conversation_id !== conversation_id) return;
    const fresh = turns.filter((turn) => turn.seq > before.seq && turn.author !== "customer");
    if (fresh.length > 0) tell.current(fresh);
  }, [conversation_id, turns]);
}
