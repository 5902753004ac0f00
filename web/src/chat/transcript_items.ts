import type { TurnSent } from "../contracts/frames";
import { type Conversation, type Outgoing, streamed } from "../live/conversation";

/** What stands one below the other in the conversation. Keys stay the same while an item becomes
 * whole: an answer that streams, a message that is on its way. */
export type TranscriptItem =
  | { kind: "day"; key: string; at: string }
  | { kind: "status"; key: string; turn: TurnSent }
  | { kind: "turn"; key: string; turn: TurnSent; continued: boolean }
  | { kind: "outgoing"; key: string; message: Outgoing; continued: boolean }
  /** An answer in the making; nothing has come of it yet while the text is empty. */
  | { kind: "stream"; key: string; text: string };

/**
 * The conversation as it is read: a line for each new day (none before today's first), status
 * lines, messages. `continued`: the item before it is of the same author.
 */
export function transcriptItems(conversation: Conversation, today: Date): TranscriptItem[] {
  const items: TranscriptItem[] = [];
  let day = today.toDateString();
  let before: string | null = null;
  for (const turn of conversation.turns) {
    const itsDay = new Date(turn.at).toDateString();
    if (itsDay !== day) {
      items.push({ kind: "day", key: `day-${itsDay}`, at: turn.at });
      day = itsDay;
      before = null;
    }
    if (turn.author === "system") {
      items.push({ kind: "status", key: turn.turn_id, turn });
      before = null;
    } else {
      const who = `${turn.author} ${turn.name ?? ""}`;
      const key = turn.client_id ?? turn.turn_id;
      items.push({ kind: "turn", key, turn, continued: who === before });
      before = who;
    }
  }
  for (const message of conversation.outgoing) {
    const continued = before === "customer ";
    items.push({ kind: "outgoing", key: message.client_id, message, continued });
    before = "customer ";
  }
  const streams = conversation.streams.map((stream) => ({
    kind: "stream" as const,
    key: stream.turn_id,
    text: streamed(stream),
  }));
  if (streams.length === 0 && conversation.answering) {
    streams.push({ kind: "stream", key: "answering", text: "" });
  }
  return [...items, ...streams];
}
