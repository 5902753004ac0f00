import { vi } from "vitest";
import type { TurnSent } from "../contracts/frames";
import { EMPTY } from "../live/conversation";
import type { Snapshot } from "../live/customer_session";
import type { ChatSession } from "./chat";
import type { ChatSettings } from "./settings";

export const SETTINGS: ChatSettings = {
  title: "Support",
  greeting: "Hello!",
  suggestions: ["What does it cost?"],
  max_message_chars: 4_000,
  person: true,
  assistant: true,
};

/** A turn as the server sends it, with what a test says of it. */
export function turn(fields: Partial<TurnSent> & Pick<TurnSent, "author">): TurnSent {
  const seq = fields.seq ?? 1;
  return {
    type: "turn",
    conversation_id: "c1",
    seq,
    turn_id: `t${seq}`,
    text: "",
    at: new Date().toISOString(),
    owner: "assistant",
    client_id: null,
    name: null,
    code: null,
    in_reply_to: null,
    model_id: null,
    sources: [],
    ...fields,
  };
}

/** A session that shows what a test tells it, and remembers what the page asks of it. */
export function fakeSession(settings: Partial<ChatSettings> = {}) {
  let snapshot: Snapshot = {
    conversation: EMPTY,
    link: "idle",
    busy: false,
    problem: null,
    thumbs: {},
    rated: null,
    clock_offset_ms: 0,
  };
  const listeners = new Set<() => void>();
  return {
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    current: () => snapshot,
    /** In a conversation that has begun, unless the test says otherwise. */
    show: (conversation: Partial<Snapshot["conversation"]>, rest: Partial<Snapshot> = {}) => {
      const begun = { ...snapshot.conversation, conversation_id: "c1", ...conversation };
      snapshot = { ...snapshot, link: "open", conversation: begun, ...rest };
      for (const listener of listeners) listener();
    },
    settings: vi.fn(() => Promise.resolve({ ...SETTINGS, ...settings })),
    send: vi.fn(() => Promise.resolve()),
    retry: vi.fn(() => Promise.resolve()),
    discard: vi.fn(),
    askForPerson: vi.fn(() => Promise.resolve()),
    thumb: vi.fn(() => Promise.resolve()),
    rate: vi.fn(() => Promise.resolve(true)),
    close: vi.fn(() => Promise.resolve()),
    reopen: vi.fn(() => Promise.resolve(true)),
    startAnew: vi.fn(),
    typing: vi.fn(),
    tryAgain: vi.fn(() => Promise.resolve()),
    dismissProblem: vi.fn(),
  } satisfies ChatSession & Record<string, unknown>;
}
