import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CustomerGets, Delta, TurnSent, Waiting } from "../contracts/frames";
import {
  type Conversation,
  EMPTY,
  hasGap,
  knownSeq,
  next,
  type Owner,
  streamed,
  TYPING_SHOWN_MS,
  type View,
} from "./conversation";

const ID = "c1";
const BEGUN: Conversation = { ...EMPTY, conversation_id: ID };

const COMMANDS = [
  "message",
  "begin answer",
  "begin answer again",
  "end answer",
  "button",
  "next rung",
  "claim",
  "say",
  "requeue",
  "hand back",
  "close",
  "reopen",
] as const;
type Command = (typeof COMMANDS)[number];

/** What a server does with these commands: all that it pushes, and what it says when asked. */
class Server {
  readonly frames: CustomerGets[] = [];
  readonly views: View[] = [];
  requeued = false;
  private readonly turns: TurnSent[] = [];
  private owner: Owner = "assistant";
  private expert: string | null = null;
  private waiting: Waiting | null = null;
  private requested = "";
  private pending: TurnSent[] = [];
  private answering: { turn_id: string; attempt: number } | null = null;
  private minutes = 0;
  private experts = 0;

  constructor(commands: readonly Command[] = []) {
    this.look();
    for (const command of commands) this.obey(command);
  }

  /** Follow these numbers: each picks one of the things that may happen just then. */
  static following(choices: readonly number[]): Server {
    const server = new Server();
    for (const choice of choices) {
      const possible = COMMANDS.filter((command) => server.may(command));
      server.obey(possible[choice % possible.length] as Command);
    }
    return server;
  }

  /** What the server answers who asks for the turns after `seq`. */
  view(after = 0): View {
    return {
      conversation_id: ID,
      owner: this.owner,
      expert_name: this.expert,
      answering: this.owner === "assistant" && this.pending.length > 0,
      waiting: this.waiting,
      last_seq: this.turns.length,
      turns: this.turns
        .filter(({ seq }) => seq > after)
        .map((turn) => ({ ...turn, owner: this.owner })),
    };
  }

  private look(): void {
    this.views.push(this.view());
  }

  private may(command: Command): boolean {
    switch (command) {
      case "message":
      case "close":
        return this.owner !== "closed";
      case "begin answer":
        return this.pending.length > 0 && !this.answering;
      case "begin answer again":
        return this.answering !== null;
      case "end answer":
        return this.pending.length > 0;
      case "button":
        return this.owner === "assistant";
      case "next rung":
      case "claim":
        return this.owner === "waiting";
      case "say":
      case "requeue":
      case "hand back":
        return this.owner === "expert";
      case "reopen":
        return this.owner === "closed";
    }
  }

  private obey(command: Command): void {
    expect(this.may(command)).toBe(true);
    this.minutes += 1;
    this.act(command);
    this.look();
  }

  private act(command: Command): void {
    const first = this.pending[0] as TurnSent;
    switch (command) {
      case "message":
        this.say("customer", { client_id: `m${this.turns.length}` });
        if (this.owner === "assistant") this.pending.push(this.turns.at(-1) as TurnSent);
        return;
      case "begin answer":
        this.stream({ turn_id: `${first.turn_id}-answer`, attempt: 1 });
        return;
      case "begin answer again": {
        const { turn_id, attempt } = this.answering as { turn_id: string; attempt: number };
        this.withdraw();
        this.stream({ turn_id, attempt: attempt + 1 });
        return;
      }
      case "end answer":
        this.pending.shift();
        this.answering = null;
        this.say("assistant", { turn_id: `${first.turn_id}-answer`, in_reply_to: first.seq });
        return;
      case "button":
        this.withdraw();
        this.pending = [];
        this.become("waiting", "person_coming");
        this.requested = this.now();
        this.wait({ since: this.requested, step: 1, steps: 2, until: null });
        return;
      case "next rung": {
        const waiting = this.waiting as Waiting;
        this.wait({ ...waiting, step: waiting.until ? 2 : 1, until: this.now() });
        return;
      }
      case "claim":
        this.waiting = null;
        this.experts += 1;
        this.expert = `Expert ${this.experts}`;
        this.become("expert", "expert_joined", this.expert);
        return;
      case "say":
        this.say("expert", { name: this.expert });
        return;
      case "requeue":
        this.requeued = true;
        this.leave("waiting", "expert_left");
        this.wait({ since: this.requested, step: 1, steps: 2, until: null });
        return;
      case "hand back":
        this.leave("assistant", "handed_back");
        return;
      case "close":
        this.withdraw();
        this.pending = [];
        this.waiting = null;
        this.leave("closed", "closed");
        return;
      case "reopen":
        this.become("assistant", "reopened");
    }
  }

  private leave(owner: Owner, code: string): void {
    const name = this.expert;
    this.expert = null;
    this.become(owner, code, name);
  }

  private become(owner: Owner, code: string, name: string | null = null): void {
    this.owner = owner;
    this.say("system", { code, name });
  }

  private say(author: TurnSent["author"], fields: Partial<TurnSent>): void {
    const seq = this.turns.length + 1;
    const turn = turnOf({ seq, author, owner: this.owner, at: this.now(), ...fields });
    this.turns.push(turn);
    this.frames.push(turn);
    if (turn.client_id) {
      const { client_id, turn_id } = turn;
      const receipt = { conversation_id: ID, client_id, turn_id, seq, duplicate: false };
      this.frames.push({ type: "received", ...receipt });
    }
  }

  private stream(answer: { turn_id: string; attempt: number }): void {
    this.answering = answer;
    for (const index of [0, 1, 2]) {
      const text = `${answer.attempt}.${index} `;
      this.frames.push({ type: "delta", conversation_id: ID, ...answer, index, pieces: 1, text });
    }
  }

  private withdraw(): void {
    if (!this.answering) return;
    const { turn_id } = this.answering;
    this.frames.push({ type: "withdrawn", conversation_id: ID, turn_id });
    this.answering = null;
  }

  private wait(waiting: Waiting): void {
    this.waiting = waiting;
    this.frames.push({ type: "waiting", conversation_id: ID, waiting });
  }

  private now(): string {
    return new Date(Date.UTC(2026, 0, 1, 0, this.minutes)).toISOString();
  }
}

function turnOf(fields: Partial<TurnSent> & Pick<TurnSent, "seq" | "author">): TurnSent {
  return {
    type: "turn",
    conversation_id: ID,
    turn_id: `t${fields.seq}`,
    text: `turn ${fields.seq}`,
    at: "2026-01-01T00:00:00Z",
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

function having(state: Conversation, ...frames: CustomerGets[]): Conversation {
  return frames.reduce((now, frame) => next(now, { kind: "frame", frame, now: 0 }), state);
}

/** What a page does when a connection is there again. */
function resynced(state: Conversation, server: Server): Conversation {
  return next(state, { kind: "view", view: server.view(knownSeq(state)) });
}

/** What a customer sees; an answer that is still coming may lack pieces. */
function shown({ turns, owner, expert_name, answering, waiting, outgoing }: Conversation) {
  const words = turns.map(({ owner: _, ...turn }) => turn);
  return { words, owner, expert_name, answering, waiting, outgoing };
}

const stories = fc.array(fc.nat(), { maxLength: 30 }).map(Server.following);

/** A story, and what of it arrives at a page: any of it, in any order, any number of times. */
const arrivals = stories.chain((server) =>
  fc.record({
    server: fc.constant(server),
    happenings: fc.array(
      fc.oneof(
        fc.nat().map((at) => ({ at, of: "frames" as const })),
        fc.nat().map((at) => ({ at, of: "views" as const })),
      ),
      { maxLength: 80 },
    ),
  }),
);

describe("a conversation", () => {
  it("ends in the same state in whatever order, how often and with what losses its news come", () => {
    fc.assert(
      fc.property(arrivals, ({ server, happenings }) => {
        let state = BEGUN;
        for (const { at, of } of happenings) {
          if (of === "views") {
            const view = server.views[at % server.views.length];
            if (view) state = next(state, { kind: "view", view });
          } else if (server.frames.length) {
            state = having(state, server.frames[at % server.frames.length] as CustomerGets);
          }
        }
        const end = resynced(state, server);

        const inOrder = shown(resynced(having(BEGUN, ...server.frames), server));
        // A report about the wait does not say whether it is of before somebody had to leave.
        const waiting = server.requeued ? end.waiting : inOrder.waiting;
        expect(shown(end)).toEqual({ ...inOrder, waiting });
        expect(hasGap(end)).toBe(false);
        const whole = new Set(end.turns.map((turn) => turn.turn_id));
        expect(end.streams.filter((stream) => whole.has(stream.turn_id))).toEqual([]);
        if (!end.answering) expect(end.streams).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("needs no reading again when every frame has come once and in order", () => {
    fc.assert(
      fc.property(stories, (server) => {
        const state = having(BEGUN, ...server.frames);
        expect(shown(state)).toEqual(shown(resynced(state, server)));
      }),
      { numRuns: 500 },
    );
  });

  it("knows from every turn alone who speaks, in whatever order turns come", () => {
    fc.assert(
      fc.property(stories, fc.infiniteStream(fc.nat()), (server, order) => {
        const turns = server.frames.filter((frame) => frame.type === "turn");
        const shuffled = turns
          .map((turn) => ({ turn, key: order.next().value as number }))
          .sort((one, other) => one.key - other.key)
          .map(({ turn }) => turn);
        const { owner, expert_name } = server.view();
        expect(having(BEGUN, ...shuffled)).toMatchObject({ owner, expert_name });
      }),
    );
  });

  it("does not believe a look at the server that was taken before its newest turn", () => {
    const server = new Server(["message", "button"]);
    const state = having(BEGUN, ...server.frames);
    const old = server.views[1] as View;
    expect(next(state, { kind: "view", view: old })).toMatchObject({ owner: "waiting" });
  });

  it("keeps the later deadline when a look at the server comes after the news of it", () => {
    const server = new Server(["button", "next rung"]);
    const state = having(BEGUN, ...server.frames);
    const old = server.views[1] as View;
    expect(next(state, { kind: "view", view: old }).waiting).toEqual(server.view().waiting);
  });

  it("waits for no answer where the server says that none is coming", () => {
    const server = new Server(["message"]);
    const view = { ...server.view(), answering: false };
    const state = next(BEGUN, { kind: "view", view });
    expect(having(state, ...server.frames).answering).toBe(false);
  });

  it("ignores the pieces of an earlier attempt", () => {
    const { frames } = new Server(["message", "begin answer", "begin answer again"]);
    const deltas = frames.filter((frame) => frame.type === "delta");
    const state = having(BEGUN, ...deltas, ...deltas.slice(0, 3));
    expect(state.streams.map(streamed)).toEqual(["2.0 2.1 2.2 "]);
  });

  it("ignores the pieces of an answer that is whole", () => {
    const { frames } = new Server(["message", "begin answer", "end answer", "message"]);
    const deltas = frames.filter((frame) => frame.type === "delta");
    expect(having(BEGUN, ...frames, ...deltas).streams).toEqual([]);
  });

  it("takes its own message for stored once its turn has come, and shows it once", () => {
    const message = { client_id: "m0", text: "Hello", at: "2026-01-01", state: "sending" as const };
    const sent = next(BEGUN, { kind: "send", message });
    const stored = having(sent, ...new Server(["message"]).frames);
    expect(stored.outgoing).toEqual([]);
    expect(stored.turns).toHaveLength(1);
  });

  it("has a gap as soon as a receipt speaks of a turn that has not come", () => {
    const receipt = new Server(["message"]).frames.filter((frame) => frame.type === "received");
    expect(hasGap(having(BEGUN, ...receipt))).toBe(true);
  });

  it("is not answering any more when a receipt comes after the answer", () => {
    const { frames } = new Server(["message", "end answer"]);
    const receipt = frames.filter((frame) => frame.type === "received");
    expect(having(BEGUN, ...frames, ...receipt).answering).toBe(false);
  });

  it("goes on answering while a second message waits for its answer", () => {
    const { frames } = new Server(["message", "message", "end answer"]);
    expect(having(BEGUN, ...frames).answering).toBe(true);
  });

  it("drops what the assistant had begun when a person takes over", () => {
    const { frames } = new Server(["message", "begin answer", "button", "claim"]);
    const state = having(BEGUN, ...frames);
    expect(state.streams).toEqual([]);
    const late = frames.filter((frame) => frame.type === "delta");
    expect(having(state, ...late).streams).toEqual([]);
  });

  it("shows of an answer what has come without a gap", () => {
    const deltas = new Server(["message", "begin answer"]).frames.filter(
      (frame) => frame.type === "delta",
    );
    const [first, second, third] = deltas as [CustomerGets, CustomerGets, CustomerGets];
    const gap = having(BEGUN, third, first, first);
    expect(gap.streams.map(streamed)).toEqual(["1.0 "]);
    expect(having(gap, second).streams.map(streamed)).toEqual(["1.0 1.1 1.2 "]);
  });

  it("takes several pieces as one when the connection came in the middle of an answer", () => {
    const deltas = new Server(["message", "begin answer"]).frames.filter(
      (frame) => frame.type === "delta",
    );
    const [first, second, third] = deltas as [Delta, Delta, Delta];
    const both = { ...first, pieces: 2, text: first.text + second.text };
    for (const frames of [[both], [both, first], [first, both], [second, both, second]]) {
      expect(having(BEGUN, ...frames, third).streams.map(streamed)).toEqual(["1.0 1.1 1.2 "]);
      expect(having(BEGUN, third, ...frames).streams.map(streamed)).toEqual(["1.0 1.1 1.2 "]);
    }
  });

  it("begins an answer anew with its next attempt", () => {
    const { frames } = new Server(["message", "begin answer", "begin answer again"]);
    const again = having(BEGUN, ...frames.filter((frame) => frame.type === "delta"));
    expect(again.streams.map(streamed)).toEqual(["2.0 2.1 2.2 "]);
  });

  it("shows for a few seconds that somebody is typing", () => {
    const { frames } = new Server(["button", "claim"]);
    const talking = having(BEGUN, ...frames);
    const frame = { type: "typing", conversation_id: ID, author: "expert", name: "Ada" } as const;
    const typing = next(talking, { kind: "frame", frame, now: 1_000 });
    expect(typing.typing).toMatchObject({ name: "Ada" });
    const later = { kind: "tick", now: 1_000 + TYPING_SHOWN_MS } as const;
    expect(next(typing, later).typing).toBeNull();
  });

  it("ignores the news of a conversation that the customer has left", () => {
    const { frames } = new Server(["message", "button"]);
    const other = { ...EMPTY, conversation_id: "another" };
    expect(having(other, ...frames)).toBe(other);
  });
});
