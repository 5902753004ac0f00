import type {
  CustomerGets,
  Delta,
  TurnSent,
  TypingShown,
  Waiting,
  Withdrawn,
} from "../contracts/frames";

export type Owner = TurnSent["owner"];

/** An answer in the making: what has come of it so far. */
export interface Stream {
  turn_id: string;
  attempt: number;
  /** By the index of the first that they join; there may be gaps while the connection was lost. */
  pieces: Readonly<Record<number, Piece>>;
}

type Piece = Pick<Delta, "pieces" | "text">;

/** A message of this page's own that is on its way. */
export interface Outgoing {
  client_id: string;
  text: string;
  at: string;
  state: "sending" | "failed";
  /** Why it failed: the stable code of the error, and its message in English. */
  problem?: { code: string; message: string };
}

/**
 * A conversation as a page knows it. Whatever arrives twice, late or in another order ends in the
 * same state: turns are known by their `seq`, pieces by attempt and index, own messages by
 * `client_id`; and what follows from the turns is worked out from all of them each time.
 */
export interface Conversation {
  conversation_id: string | null;
  owner: Owner;
  expert_name: string | null;
  /** In order of `seq`; a gap means that something was missed. */
  turns: readonly TurnSent[];
  /** The greatest `seq` that anything has spoken of: a turn, a receipt, a view. */
  heard_seq: number;
  /** Customer's turns up to this `seq` wait for no answer: the server said so. */
  answered_seq: number;
  streams: readonly Stream[];
  outgoing: readonly Outgoing[];
  /** The assistant is at work. */
  answering: boolean;
  /** While the owner is `waiting`: how far the call for a person has come, once that is known. */
  waiting: Waiting | null;
  typing: { author: TypingShown["author"]; name: string | null; until: number } | null;
}

export const EMPTY: Conversation = {
  conversation_id: null,
  owner: "assistant",
  expert_name: null,
  turns: [],
  heard_seq: 0,
  answered_seq: 0,
  streams: [],
  outgoing: [],
  answering: false,
  waiting: null,
  typing: null,
};

/** What the server says of the whole, or of what is new since a `seq`. */
export interface View {
  conversation_id: string;
  owner: Owner;
  expert_name: string | null;
  answering?: boolean;
  waiting?: Waiting | null;
  /** The newest turn there was when the server looked. */
  last_seq: number;
  turns: readonly TurnSent[];
}

export type Happening =
  | { kind: "frame"; frame: CustomerGets; now: number }
  | { kind: "view"; view: View }
  | { kind: "send"; message: Outgoing }
  | { kind: "failed"; client_id: string; problem: NonNullable<Outgoing["problem"]> }
  | { kind: "retry"; client_id: string }
  | { kind: "discard"; client_id: string }
  | { kind: "tick"; now: number };

/** Longer than the pause between two typing frames of somebody who goes on typing. */
export const TYPING_SHOWN_MS = 6_000;

export function next(state: Conversation, happening: Happening): Conversation {
  switch (happening.kind) {
    case "frame":
      return ofFrame(state, happening.frame, happening.now);
    case "view":
      return ofView(state, happening.view);
    case "send":
      return { ...state, outgoing: [...state.outgoing, happening.message] };
    case "failed":
      return withOutgoing(state, happening.client_id, (message) => ({
        ...message,
        state: "failed",
        problem: happening.problem,
      }));
    case "retry":
      return withOutgoing(state, happening.client_id, ({ problem: _, ...message }) => ({
        ...message,
        state: "sending",
      }));
    case "discard":
      return {
        ...state,
        outgoing: state.outgoing.filter((message) => message.client_id !== happening.client_id),
      };
    case "tick":
      return state.typing && state.typing.until <= happening.now
        ? { ...state, typing: null }
        : state;
  }
}

/** The `seq` up to which nothing is missing. */
export function knownSeq(state: Conversation): number {
  let known = 0;
  for (const turn of state.turns) {
    if (turn.seq !== known + 1) break;
    known = turn.seq;
  }
  return known;
}

/** Turns were missed, or are still on their way: what came after `knownSeq` is to be read. */
export function hasGap(state: Conversation): boolean {
  return knownSeq(state) < state.heard_seq;
}

/** What has come of an answer, without a gap, from its beginning. */
export function streamed(stream: Stream): string {
  const texts: string[] = [];
  let index = 0;
  for (;;) {
    const piece = stream.pieces[index];
    if (piece === undefined) return texts.join("");
    texts.push(piece.text);
    index += piece.pieces;
  }
}

function ofFrame(state: Conversation, frame: CustomerGets, now: number): Conversation {
  if ("conversation_id" in frame && state.conversation_id !== frame.conversation_id) {
    return state; // of a conversation that this page has left
  }
  switch (frame.type) {
    case "turn":
      return ofTurns(state, [frame]);
    case "delta":
      return ofDelta(state, frame);
    case "withdrawn":
      return ofWithdrawn(state, frame);
    case "received":
      // The turn itself comes as a frame of its own; until then the message stays where it is.
      return { ...state, heard_seq: Math.max(state.heard_seq, frame.seq) };
    case "typing":
      return {
        ...state,
        typing: {
          author: frame.author,
          name: frame.name ?? null,
          until: now + TYPING_SHOWN_MS,
        },
      };
    case "waiting":
      // It may come before the turn that says that somebody is waited for.
      return { ...state, waiting: newerWait(state.waiting, frame.waiting) };
    default:
      return state;
  }
}

function ofView(state: Conversation, view: View): Conversation {
  const begun =
    state.conversation_id === view.conversation_id
      ? state
      : { ...EMPTY, outgoing: state.outgoing, conversation_id: view.conversation_id };
  const after = ofTurns(begun, view.turns);
  // Turns that are newer than the server's look have come meanwhile: they know better who speaks.
  if (view.last_seq < after.heard_seq) return after;
  const sameSeq = begun.heard_seq === view.last_seq;
  return settled({
    ...after,
    heard_seq: view.last_seq,
    answered_seq: view.answering === false ? view.last_seq : after.answered_seq,
    owner: view.owner,
    expert_name: view.expert_name,
    answering: view.answering ?? after.answering,
    streams: view.answering === false ? [] : after.streams,
    waiting: sameSeq ? newerWait(begun.waiting, view.waiting ?? null) : (view.waiting ?? null),
  });
}

function ofTurns(state: Conversation, turns: readonly TurnSent[]): Conversation {
  if (turns.length === 0) return state;
  const bySeq = new Map(state.turns.map((turn) => [turn.seq, turn]));
  for (const turn of turns) bySeq.set(turn.seq, turn);
  const sorted = [...bySeq.values()].sort((one, other) => one.seq - other.seq);
  const newest = sorted.at(-1);
  if (!newest) return state;
  const whole = new Set(turns.map((turn) => turn.turn_id));
  const stored = new Set(turns.map((turn) => turn.client_id));
  const overtaken = state.turns.at(-1)?.seq !== newest.seq;
  return settled({
    ...state,
    turns: sorted,
    heard_seq: Math.max(state.heard_seq, newest.seq),
    streams: state.streams.filter((stream) => !whole.has(stream.turn_id)),
    outgoing: state.outgoing.filter((message) => !stored.has(message.client_id)),
    owner: newest.owner,
    expert_name: expertOf(sorted) ?? state.expert_name,
    answering: awaitsAnswer(sorted, state.answered_seq),
    typing: overtaken && state.typing?.author === newest.author ? null : state.typing,
  });
}

/** Whom the newest turn leaves the customer with, if that turn or one before it says so. */
function expertOf(turns: readonly TurnSent[]): string | null {
  const said = turns.findLast(
    (turn) => turn.name && (turn.author === "expert" || turn.code === "expert_joined"),
  );
  return said?.name ?? null;
}

/**
 * Is there a message of the customer that nobody has dealt with? A status line or a person deals
 * with all that came before; an answer with what it replies to, and what came before that.
 */
function awaitsAnswer(turns: readonly TurnSent[], answered_seq: number): boolean {
  let dealt = answered_seq;
  let asked = 0;
  for (const turn of turns) {
    if (turn.author === "customer") asked = turn.seq;
    else if (turn.author === "assistant") dealt = Math.max(dealt, turn.in_reply_to ?? turn.seq);
    else dealt = Math.max(dealt, turn.seq);
  }
  return asked > dealt;
}

function ofDelta(state: Conversation, delta: Delta): Conversation {
  if (state.owner !== "assistant") return state; // a person took over
  if (state.turns.some((turn) => turn.turn_id === delta.turn_id)) return state;
  const before = state.streams.find((stream) => stream.turn_id === delta.turn_id);
  if (before && before.attempt > delta.attempt) return state;
  const pieces = before?.attempt === delta.attempt ? before.pieces : {};
  const stream: Stream = {
    turn_id: delta.turn_id,
    attempt: delta.attempt,
    pieces: { ...pieces, [delta.index]: longer(pieces[delta.index], delta) },
  };
  const others = state.streams.filter((kept) => kept.turn_id !== delta.turn_id);
  return { ...state, streams: [...others, stream], answering: true };
}

/** The longer of two: a connection that was not there from the beginning gets several as one. */
function longer(piece: Piece | undefined, { text, pieces }: Delta): Piece {
  return piece && piece.pieces >= pieces ? piece : { text, pieces };
}

function ofWithdrawn(state: Conversation, withdrawn: Withdrawn): Conversation {
  return {
    ...state,
    streams: state.streams.filter((stream) => stream.turn_id !== withdrawn.turn_id),
  };
}

/** Of two reports about the wait for a person, the later one: each rung's time ends later. */
function newerWait(one: Waiting | null, other: Waiting | null): Waiting | null {
  if (!one || !other) return one ?? other;
  const began = Date.parse(other.since) - Date.parse(one.since);
  if (began !== 0) return began > 0 ? other : one;
  return Date.parse(other.until ?? "1970") >= Date.parse(one.until ?? "1970") ? other : one;
}

/** Nobody but the owner speaks: what the assistant had begun is void when it no longer owns. */
function settled(state: Conversation): Conversation {
  const assistant = state.owner === "assistant";
  return {
    ...state,
    expert_name: state.owner === "expert" ? state.expert_name : null,
    streams: assistant ? state.streams : [],
    answering: assistant && state.answering,
    waiting: state.owner === "waiting" ? state.waiting : null,
    typing: state.owner === "closed" ? null : state.typing,
  };
}

function withOutgoing(
  state: Conversation,
  client_id: string,
  change: (message: Outgoing) => Outgoing,
): Conversation {
  return {
    ...state,
    outgoing: state.outgoing.map((message) =>
      message.client_id === client_id ? change(message) : message,
    ),
  };
}
