import type { CustomerFrame, CustomerGets } from "../contracts/frames";
import {
  type Conversation,
  EMPTY,
  type Happening,
  hasGap,
  knownSeq,
  next,
  type Outgoing,
} from "./conversation";
import { type Api, answer, createApi, Refused, type Schemas, Unreachable } from "./http";
import { type Link, Socket } from "./socket";
import { claimsOf } from "./token";

/** What opens a conversation again. */
interface Ticket {
  conversation_id: string;
  token: string;
  /** By this device's clock, in milliseconds since 1970. */
  expires_at: number;
  /** The team's own name of the customer (their token's `sub`); null for a guest. */
  customer: string | null;
}

/** What is kept over a reload of the page. */
interface Kept extends Ticket {
  thumbs: Snapshot["thumbs"];
  rated: Snapshot["rated"];
  clock_offset_ms: number;
}

export interface Snapshot {
  conversation: Conversation;
  /** `idle`: no conversation has begun yet, nothing is connected. */
  link: Link | "idle";
  /** A conversation is being opened, or a kept one is being read. */
  busy: boolean;
  /** The newest problem that is not about one message; null when it is over. */
  problem: Problem | null;
  /** Thumbs given by this page: by turn id. */
  thumbs: Readonly<Record<string, "up" | "down">>;
  /** Stars given to the conversation, and which turn was the newest then; null when not rated. */
  rated: { stars: number; seq: number } | null;
  /** What to add to this device's clock to have the server's. */
  clock_offset_ms: number;
}

export type Problem =
  /** The server is not reached; it is tried again. */
  | "unreachable"
  /** Too many conversations were begun from this network. */
  | "too_many"
  /** The token has expired or was refused, and could not be renewed. */
  | "expired"
  /** The team's page gave no token, or one that was refused. */
  | "not_signed_in"
  /** An action could not be done; the person may try again. */
  | "failed";

/** Gives a token of the team's own identity provider; rejects where nobody is signed in. */
export type Identity = () => Promise<string>;

export interface CustomerSessionOptions {
  http_url: string;
  websocket_url: string;
  guests: boolean;
  /** BCP 47. */
  language: string;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** null: the customer is a guest. */
  identity: Identity | null;
}

const STORED_AS = "tandem.conversation";
/** How long a message may be without `received` before it is sent by HTTP instead. */
const RECEIVED_WITHIN_MS = 5_000;
/** A token is renewed when it lives for less than this, or than half of its life. */
const RENEW_BEFORE_MS = 120_000;
const RENEW_AT_MOST_EVERY_MS = 20_000;
/** Frames may overtake each other: what is missing has so long to come by itself. */
const GAP_GRACE_MS = 500;
const TYPING_EVERY_MS = 3_000;
const TICK_MS = 1_000;
/** Less is the network's delay. */
const NOTICED_OFFSET_MS = 5_000;

/** The problem of an action that makes no sense without a token. */
class NotSignedIn extends Refused {
  constructor() {
    super(401, "not_signed_in", "Sign in, then try again.");
  }
}

/**
 * A customer's side of one conversation at a time: opened with the first thing that the customer
 * does, kept over reloads, connected again by itself, with nothing lost and nothing doubled.
 */
export class CustomerSession {
  private snapshot: Snapshot = {
    conversation: EMPTY,
    link: "idle",
    busy: false,
    problem: null,
    thumbs: {},
    rated: null,
    clock_offset_ms: 0,
  };
  private readonly listeners = new Set<() => void>();
  private readonly api: Api;
  private identity: Identity | null;
  private ticket: Ticket | null = null;
  /** Whether the server has ever known this page's ticket. */
  private proven = false;
  /** A kept conversation is being looked at: whether it is this customer's. */
  private takingUp: Promise<void> = Promise.resolve();
  private opening: Promise<Ticket> | null = null;
  private renewing: Promise<Ticket> | null = null;
  private reading: Promise<void> | null = null;
  private readAgain = false;
  private socket: Socket<CustomerFrame, CustomerGets> | null = null;
  /** Messages that are just being brought to the server, by their `client_id`. */
  private readonly delivering = new Set<string>();
  /** Messages that the server has said to have. */
  private readonly stored = new Set<string>();
  /** Who waits for the receipt of a message: true when it came; by its `client_id`. */
  private readonly receipts = new Map<string, (outcome: boolean | Refused) => void>();
  private ticker: ReturnType<typeof setInterval> | undefined;
  private renewer: ReturnType<typeof setTimeout> | undefined;
  private gapTimer: ReturnType<typeof setTimeout> | undefined;
  private typedAt = 0;
  private stopped = false;

  constructor(private readonly options: CustomerSessionOptions) {
    this.identity = options.identity;
    this.api = createApi(options.http_url, () => this.ticket?.token);
    const kept = readKept(options.storage);
    if (kept) this.takingUp = this.takeUp(kept);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): Snapshot => this.snapshot;

  /** What the page shows before anything was said. Throws `Refused` and `Unreachable`. */
  settings(): Promise<Schemas["ChatSettings"]> {
    // Without a token the browser need not ask first (CORS preflight).
    const api = createApi(this.options.http_url, () => undefined);
    return answer(api.GET("/settings", { params: { query: { language: this.options.language } } }));
  }

  // --- what a customer does ----------------------------------------------------------------------
  async send(text: string): Promise<void> {
    const message: Outgoing = {
      client_id: crypto.randomUUID(),
      text,
      at: new Date().toISOString(),
      state: "sending",
    };
    this.happen({ kind: "send", message });
    // With the message, the other side stops showing it: what is typed next is news again.
    this.typedAt = 0;
    await this.deliver(message);
  }

  async retry(client_id: string): Promise<void> {
    const message = this.outgoing(client_id);
    if (!message) return;
    this.happen({ kind: "retry", client_id });
    await this.deliver(message);
  }

  discard(client_id: string): void {
    this.happen({ kind: "discard", client_id });
  }

  /** "Talk to a person". Works before the first message, and opens a closed conversation again. */
  async askForPerson(): Promise<void> {
    if (this.snapshot.conversation.owner === "closed" && !(await this.reopen())) return;
    await this.act(async (params) => {
      await answer(this.api.POST("/conversations/{conversation_id}/person", { params }));
    });
  }

  async thumb(turn_id: string, thumb: "up" | "down", reason = ""): Promise<void> {
    const before = this.snapshot.thumbs[turn_id];
    this.show({ thumbs: { ...this.snapshot.thumbs, [turn_id]: thumb } });
    const body = { turn_id, thumb, reason };
    const done = await this.act(async (params) => {
      await answer(this.api.POST("/conversations/{conversation_id}/thumbs", { params, body }));
    });
    if (done) return;
    const { [turn_id]: _, ...others } = this.snapshot.thumbs;
    this.show({ thumbs: before ? { ...others, [turn_id]: before } : others });
  }

  /** The stars of the conversation, 1 to 5; false when they could not be given. */
  async rate(stars: number, reason = ""): Promise<boolean> {
    const body = { stars, reason };
    const done = await this.act(async (params) => {
      await answer(this.api.POST("/conversations/{conversation_id}/rating", { params, body }));
    });
    if (done) this.show({ rated: { stars, seq: this.snapshot.conversation.heard_seq } });
    return done;
  }

  async close(): Promise<void> {
    await this.act(async (params) => {
      await answer(this.api.POST("/conversations/{conversation_id}/close", { params }));
    });
  }

  reopen(): Promise<boolean> {
    return this.act(async (params) => {
      await answer(this.api.POST("/conversations/{conversation_id}/reopen", { params }));
    });
  }

  /** Leave this conversation as it is; the next message begins another one. */
  startAnew(): void {
    this.forget([]);
  }

  typing(): void {
    if (this.snapshot.conversation.owner !== "expert") return;
    const now = Date.now();
    if (now - this.typedAt < TYPING_EVERY_MS) return;
    if (this.socket?.send({ action: "typing" })) this.typedAt = now;
  }

  /** Try again now what waits for the server. What was not sent goes into another conversation,
   * where this one cannot be opened any more. */
  async tryAgain(): Promise<void> {
    if (this.snapshot.problem === "expired") this.forget(this.snapshot.conversation.outgoing);
    this.show({ problem: null });
    const failed = this.snapshot.conversation.outgoing.filter(({ state }) => state === "failed");
    // One after the other, so that they stay in their order.
    for (const { client_id } of failed) await this.retry(client_id);
    if (this.ticket) await this.read();
  }

  dismissProblem(): void {
    this.show({ problem: null });
  }

  /**
   * The team's page says who the customer is, or (null) that they have signed out. A conversation
   * of somebody else is left; a guest goes on with theirs.
   */
  async identify(identity: Identity | null): Promise<void> {
    this.identity = identity;
    if (this.snapshot.problem === "not_signed_in") this.show({ problem: null });
    await this.takingUp;
    const ticket = this.ticket ?? readKept(this.options.storage);
    if (!ticket) return;
    const owner = await this.ownerOf(ticket);
    if (owner === "another") {
      if (!this.ticket || this.ticket === ticket) this.startAnew();
    } else if (owner === "here" && !this.ticket && !this.opening) {
      const kept = readKept(this.options.storage);
      if (kept) this.takingUp = this.takeUp(kept);
    }
  }

  stop(): void {
    this.stopped = true;
    this.disconnect();
    this.listeners.clear();
  }

  // --- the conversation and its token ------------------------------------------------------------
  private async takeUp(kept: Kept): Promise<void> {
    // The team's page may say only later who the customer is; until then it is nobody's.
    if (kept.customer !== null && !this.identity) return;
    const owner = await this.ownerOf(kept);
    if (owner === "another") this.options.storage.removeItem(STORED_AS);
    if (owner !== "here" || this.stopped) return;
    const { thumbs, rated, clock_offset_ms, conversation_id, token, expires_at, customer } = kept;
    this.ticket = { conversation_id, token, expires_at, customer };
    this.show({ thumbs, rated, clock_offset_ms });
    this.scheduleRenewal();
    this.connect();
  }

  /** Whose conversation it is: of the customer who is here now, or of another one. */
  private async ownerOf(ticket: Ticket): Promise<"here" | "another" | "unknown"> {
    if (ticket.customer === null) return "here";
    if (!this.identity) return "another";
    try {
      return claimsOf(await this.identityToken()).sub === ticket.customer ? "here" : "another";
    } catch {
      return "unknown"; // the team's page has trouble with its token
    }
  }

  private async identityToken(): Promise<string> {
    try {
      const token = await this.identity?.();
      if (token) return token;
    } catch {
      // For the customer it is the same: the team's page doesn't say who they are.
    }
    throw new NotSignedIn();
  }

  private open(): Promise<Ticket> {
    if (this.ticket) return Promise.resolve(this.ticket);
    this.opening ??= this.takingUp
      .then(() => this.ticket ?? this.begin())
      .finally(() => {
        this.opening = null;
      });
    return this.opening;
  }

  private async begin(): Promise<Ticket> {
    this.show({ busy: true });
    try {
      if (!this.identity && !this.options.guests) throw new NotSignedIn();
      const token = this.identity ? await this.identityToken() : undefined;
      const api = createApi(this.options.http_url, () => token);
      const body = { language: this.options.language };
      const opened = await answer(
        token
          ? api.POST("/customer/conversations", { body })
          : api.POST("/conversations", { body }),
      );
      this.proven = true;
      this.options.storage.removeItem(STORED_AS);
      const ticket = this.keep(opened, token ? (claimsOf(token).sub ?? "") : null);
      const { conversation_id } = opened;
      this.happen({
        kind: "view",
        view: { conversation_id, owner: "assistant", expert_name: null, last_seq: 0, turns: [] },
      });
      this.show({ problem: null });
      this.connect();
      return ticket;
    } finally {
      this.show({ busy: false });
    }
  }

  private keep(opened: Schemas["Opened"], customer: string | null): Ticket {
    const { conversation_id, token } = opened;
    const { iat, exp } = claimsOf(token);
    const now = Date.now();
    // A device's clock may be wrong by hours: only how long the token lives counts.
    const expires_at = iat && exp ? now + (exp - iat) * 1000 : Date.parse(opened.expires_at);
    const offset = iat ? iat * 1000 - now : 0;
    this.ticket = { conversation_id, token, expires_at, customer };
    this.show({ clock_offset_ms: Math.abs(offset) < NOTICED_OFFSET_MS ? 0 : offset });
    this.remember();
    this.scheduleRenewal();
    return this.ticket;
  }

  private remember(): void {
    if (!this.ticket) return;
    const other = readKept(this.options.storage);
    // In another tab, the customer has begun another conversation: the newest is kept.
    if (other && other.conversation_id !== this.ticket.conversation_id) return;
    const { thumbs, rated, clock_offset_ms } = this.snapshot;
    const kept: Kept = { ...this.ticket, thumbs, rated, clock_offset_ms };
    this.options.storage.setItem(STORED_AS, JSON.stringify(kept));
  }

  private forget(unsent: readonly Outgoing[]): void {
    this.disconnect();
    this.ticket = null;
    this.proven = false;
    this.stored.clear();
    this.options.storage.removeItem(STORED_AS);
    const outgoing = unsent.map((message) => ({ ...message, state: "failed" as const }));
    this.show({
      conversation: { ...EMPTY, outgoing },
      thumbs: {},
      rated: null,
      link: "idle",
      busy: false,
      problem: null,
    });
  }

  private async fresh(): Promise<Ticket> {
    const ticket = await this.open();
    const left = ticket.expires_at - Date.now();
    if (left > RENEW_BEFORE_MS) return ticket;
    try {
      return await this.renew();
    } catch (error) {
      if (error instanceof Unreachable && left > 0) return ticket;
      throw error;
    }
  }

  private renew(): Promise<Ticket> {
    this.renewing ??= this.askForToken().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async askForToken(): Promise<Ticket> {
    const ticket = await this.open();
    const path = { conversation_id: ticket.conversation_id };
    const renewed = await answer(
      this.api.POST("/conversations/{conversation_id}/token", { params: { path } }),
    );
    if (this.ticket?.conversation_id !== ticket.conversation_id) return ticket; // it was left
    return this.keep(renewed, ticket.customer);
  }

  /** The server refuses frames of a connection whose token has expired: be earlier. */
  private scheduleRenewal(): void {
    clearTimeout(this.renewer);
    if (!this.ticket) return;
    const left = this.ticket.expires_at - Date.now();
    const pause = Math.max(left - RENEW_BEFORE_MS, left / 2, RENEW_AT_MOST_EVERY_MS);
    this.renewer = setTimeout(() => void this.connectWithNewToken(), pause);
  }

  private async connectWithNewToken(): Promise<void> {
    try {
      await this.renew();
      this.socket?.reconnect();
    } catch (error) {
      this.report(error);
      // The next attempt to connect renews it as well; this is for a connection that stays.
      if (error instanceof Unreachable) this.scheduleRenewal();
    }
  }

  // --- the connection ----------------------------------------------------------------------------
  private connect(): void {
    if (this.socket || this.stopped) return;
    this.ticker = setInterval(() => this.happen({ kind: "tick", now: Date.now() }), TICK_MS);
    this.socket = new Socket<CustomerFrame, CustomerGets>({
      url: async () => {
        // One that was left may ask once more; it must not begin another conversation by that.
        if (!this.ticket) throw new Error("The conversation was left.");
        try {
          const { token } = await this.fresh();
          return `${this.options.websocket_url}?token=${encodeURIComponent(token)}`;
        } catch (error) {
          this.report(error);
          throw error;
        }
      },
      onFrame: (frame) => this.receive(frame),
      onLink: (link) => {
        this.show({ link });
        if (link === "connecting") return;
        if (link === "lost") for (const settle of this.receipts.values()) settle(false);
        // Where no socket gets through, each attempt at least reads what is new by HTTP.
        if (link === "open" || !this.reading) void this.read();
      },
    });
  }

  private disconnect(): void {
    this.socket?.close();
    this.socket = null;
    clearInterval(this.ticker);
    clearTimeout(this.renewer);
    clearTimeout(this.gapTimer);
    for (const settle of this.receipts.values()) settle(false);
  }

  private receive(frame: CustomerGets): void {
    if (frame.type === "received") this.receipts.get(frame.client_id)?.(true);
    if (frame.type === "error") this.refuse(frame);
    this.happen({ kind: "frame", frame, now: Date.now() });
    if (hasGap(this.snapshot.conversation)) {
      clearTimeout(this.gapTimer);
      this.gapTimer = setTimeout(() => {
        if (hasGap(this.snapshot.conversation)) void this.read();
      }, GAP_GRACE_MS);
    }
  }

  private refuse(frame: Extract<CustomerGets, { type: "error" }>): void {
    const settle = frame.client_id ? this.receipts.get(frame.client_id) : undefined;
    if (frame.code === "not_signed_in") {
      settle?.(false); // another token, another connection: then it may go
      void this.connectWithNewToken();
    } else {
      settle?.(new Refused(400, frame.code, frame.message, frame.detail));
    }
  }

  /** Read what was missed, and send again what may not have arrived. */
  private read(): Promise<void> {
    if (this.reading) {
      // What is being read may have been looked up before that which we are asked for.
      this.readAgain = true;
      return this.reading;
    }
    this.reading = this.readUntilNothingIsNew();
    return this.reading;
  }

  private async readUntilNothingIsNew(): Promise<void> {
    try {
      do {
        this.readAgain = false;
      } while ((await this.readOnce()) && this.readAgain);
    } finally {
      this.reading = null;
    }
  }

  /** False when nothing could be read. */
  private async readOnce(): Promise<boolean> {
    const ticket = this.ticket;
    if (!ticket) return false;
    const left = () => this.ticket?.conversation_id !== ticket.conversation_id;
    this.show({ busy: this.snapshot.conversation.conversation_id === null });
    try {
      await this.fresh();
      const view = await answer(
        this.api.GET("/conversations/{conversation_id}", {
          params: {
            path: { conversation_id: ticket.conversation_id },
            query: { after: knownSeq(this.snapshot.conversation) },
          },
        }),
      );
      if (left()) return false;
      this.proven = true;
      this.happen({ kind: "view", view });
      if (this.snapshot.problem === "unreachable") this.show({ problem: null });
      for (const message of this.snapshot.conversation.outgoing) {
        if (message.state === "sending") void this.deliver(message);
      }
      return true;
    } catch (error) {
      if (!left()) this.report(error);
      return false;
    } finally {
      this.show({ busy: false });
    }
  }

  // --- the way of a message ----------------------------------------------------------------------
  /** Bring it to the server, once, whatever becomes of the connection: it knows the `client_id`. */
  private async deliver({ client_id, text }: Outgoing): Promise<void> {
    if (this.delivering.has(client_id) || this.stored.has(client_id)) return;
    this.delivering.add(client_id);
    try {
      await this.open();
      // Should no receipt come (a connection that died silently), HTTP says whether it was stored.
      const outcome = await this.sendBySocket(client_id, text);
      if (outcome !== true) await this.sendByHttp(client_id, text);
      this.stored.add(client_id);
      // The answer would not come by that connection either.
      if (outcome === "silent") this.socket?.reconnect();
    } catch (error) {
      const waits = error instanceof Unreachable && this.ticket && this.snapshot.link !== "open";
      // What waits is delivered when the conversation is read again.
      if (!waits) this.happen({ kind: "failed", client_id, problem: explain(error) });
      if (isAboutTheToken(error) || error instanceof Unreachable || !this.ticket) {
        this.report(error);
      }
    } finally {
      this.delivering.delete(client_id);
    }
  }

  /** Whether it was received, or no word came of it. Throws `Refused`. */
  private async sendBySocket(client_id: string, text: string): Promise<boolean | "silent"> {
    if (!this.socket?.send({ action: "message", client_id, text })) return false;
    const outcome = await new Promise<boolean | "silent" | Refused>((resolve) => {
      const timer = setTimeout(() => resolve("silent"), RECEIVED_WITHIN_MS);
      this.receipts.set(client_id, (settled) => {
        clearTimeout(timer);
        resolve(settled);
      });
    });
    this.receipts.delete(client_id);
    if (outcome instanceof Refused) throw outcome;
    return outcome;
  }

  private async sendByHttp(client_id: string, text: string): Promise<void> {
    if (!this.outgoing(client_id)) return; // its turn has come, or it was discarded
    const { conversation_id } = await this.fresh();
    await answer(
      this.api.POST("/conversations/{conversation_id}/messages", {
        params: { path: { conversation_id } },
        body: { client_id, text },
      }),
    );
    void this.read();
  }

  private async act(
    action: (params: { path: { conversation_id: string } }) => Promise<void>,
  ): Promise<boolean> {
    try {
      const { conversation_id } = await this.fresh();
      await action({ path: { conversation_id } });
      if (this.snapshot.problem === "failed") this.show({ problem: null });
      await this.read();
      return true;
    } catch (error) {
      this.report(error, "failed");
      // It may be refused because something has happened that this page has not heard of.
      if (error instanceof Refused && this.ticket) void this.read();
      return false;
    }
  }

  // --- what the page sees ------------------------------------------------------------------------
  private report(error: unknown, otherwise: Problem = "unreachable"): void {
    if (error instanceof Refused) {
      if (error.code === "too_many_requests") this.show({ problem: "too_many" });
      else if (isAboutTheToken(error)) this.lost();
      // Deleted meanwhile; of an action it is only that action's matter.
      else if (error.status === 404 && otherwise === "unreachable") this.lost();
      else this.show({ problem: "failed" });
    } else {
      this.show({ problem: otherwise });
    }
  }

  /** The conversation cannot be opened any more. */
  private lost(): void {
    const { outgoing } = this.snapshot.conversation;
    if (!this.ticket) {
      this.show({ problem: "not_signed_in" });
    } else if (!this.proven && outgoing.length === 0) {
      this.forget([]); // one of long ago: nobody has seen anything of it yet
    } else {
      this.disconnect();
      for (const { client_id, state } of outgoing) {
        if (state === "failed") continue;
        const problem = { code: "not_signed_in", message: "Begin a new conversation." };
        this.happen({ kind: "failed", client_id, problem });
      }
      this.show({ problem: "expired", link: "lost" });
    }
  }

  private outgoing(client_id: string): Outgoing | undefined {
    return this.snapshot.conversation.outgoing.find((message) => message.client_id === client_id);
  }

  private happen(happening: Happening): void {
    const conversation = next(this.snapshot.conversation, happening);
    if (conversation !== this.snapshot.conversation) this.show({ conversation });
  }

  private show(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    if (change.thumbs || change.rated) this.remember();
    for (const listener of this.listeners) listener();
  }
}

function isAboutTheToken(error: unknown): boolean {
  return error instanceof Refused && (error.status === 401 || error.status === 403);
}

function readKept(storage: Pick<Storage, "getItem">): Kept | null {
  try {
    const kept = JSON.parse(storage.getItem(STORED_AS) ?? "null") as Kept | null;
    return kept && typeof kept.token === "string" && kept.expires_at > Date.now() ? kept : null;
  } catch {
    return null;
  }
}

function explain(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof Refused ? error.code : "unreachable", message };
}
