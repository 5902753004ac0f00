import type { EscalationView, TurnSent } from "../contracts/frames";
import { type Conversation, EMPTY, next } from "./conversation";
import type { Schemas } from "./http";

export type DeskView = Schemas["tandem__live__desk__ConversationView"];
export type Decision = Schemas["GateDecision"];
export type Rating = Schemas["Rating"];
export type Draft = Schemas["Draft"];

/** What only the desk knows of a conversation, as it was last read. */
export interface Background {
  customer_id: string;
  language: string;
  created_at: string;
  closed_at: string | null;
  /** User name of who held it when it was read. */
  expert: string | null;
  escalations: readonly EscalationView[];
  draft: Draft | null;
  ratings: readonly Rating[];
  /** The gate's decisions, by the id of the customer's turn. */
  decisions: Readonly<Record<string, Decision>>;
  /** When it was read: milliseconds, by this page's clock. */
  read_at: number;
}

/** A conversation that is open at the desk. */
export interface OpenedConversation {
  conversation_id: string;
  /** `missing`: there is no such conversation. `failed`: not read yet, the server is not reached. */
  state: "loading" | "ready" | "missing" | "failed";
  conversation: Conversation;
  /** Null before it was read. */
  background: Background | null;
  /** What happened to this person's hold on it, in words; null when it was seen. */
  notice: string | null;
}

export function opening(conversation_id: string): OpenedConversation {
  return {
    conversation_id,
    state: "loading",
    conversation: { ...EMPTY, conversation_id },
    background: null,
    notice: null,
  };
}

/** The conversation after it was read. */
export function ofView(
  opened: OpenedConversation,
  view: DeskView,
  read_at: number,
): OpenedConversation {
  const { outgoing } = opened.conversation;
  const turns = view.turns.map((turn) => ofOwnMessage(sent(turn, view.owner), outgoing));
  const decisions = Object.fromEntries(
    view.turns.flatMap(({ turn_id, decision }) => (decision ? [[turn_id, decision]] : [])),
  );
  const { conversation_id, owner, expert_name } = view;
  return {
    ...opened,
    state: "ready",
    conversation: next(opened.conversation, {
      kind: "view",
      view: { conversation_id, owner, expert_name, last_seq: turns.at(-1)?.seq ?? 0, turns },
    }),
    background: {
      customer_id: view.customer_id,
      language: view.language,
      created_at: view.created_at,
      closed_at: view.closed_at,
      expert: view.expert,
      escalations: view.escalations,
      draft: view.draft,
      ratings: view.ratings,
      decisions,
      read_at,
    },
  };
}

/** Something came while the view was on its way: it is older than what is shown. */
export function isOlder(view: DeskView, opened: OpenedConversation): boolean {
  return opened.conversation.heard_seq > (view.turns.at(-1)?.seq ?? 0);
}

/** The conversation after turns that came by themselves, or as the answer to a message. */
export function ofTurn(
  opened: OpenedConversation,
  turn: TurnSent,
  now: number,
): OpenedConversation {
  const frame = ofOwnMessage(turn, opened.conversation.outgoing);
  return { ...opened, conversation: next(opened.conversation, { kind: "frame", frame, now }) };
}

/** When the customer wrote the first of what nobody has answered yet; null if nothing. */
export function unansweredSince(turns: DeskView["turns"]): string | null {
  const answered = turns.findLastIndex(
    ({ author }) => author === "expert" || author === "assistant",
  );
  return turns.slice(answered + 1).find((turn) => turn.author === "customer")?.at ?? null;
}

/** A stored turn as it is sent over the socket. */
export function sent(turn: Schemas["Turn"], owner: TurnSent["owner"]): TurnSent {
  const { decision: _, usage: __, ...said } = turn;
  return { ...said, type: "turn", owner };
}

/**
 * The server keeps experts' ids of messages in a space of their own, behind a prefix
 * (`desk.<checksum>.<id>`). A turn that is one of this page's messages gets the page's own id back;
 * ids are random, so that no other ends the same.
 */
function ofOwnMessage(turn: TurnSent, outgoing: Conversation["outgoing"]): TurnSent {
  const mine = outgoing.find(({ client_id }) => turn.client_id?.endsWith(`.${client_id}`));
  return mine ? { ...turn, client_id: mine.client_id } : turn;
}
