import type { DeskFrame, DeskGets, EscalationView, TurnSent } from "../contracts/frames";
import { hasGap, next } from "./conversation";
import {
  isOlder,
  type OpenedConversation,
  ofTurn,
  ofView,
  opening,
  sent,
  unansweredSince,
} from "./desk_conversation";
import { DeskOutbox, type Meant } from "./desk_outbox";
import {
  callOf,
  calls,
  type DeskQueue,
  heldBy,
  isOpen,
  isWaiting,
  NO_QUEUE,
  ofLists,
  withEscalation,
} from "./desk_queue";
import { DeskServer, type Ending } from "./desk_server";
import { type Refusal, Refused, refusalOf, type Schemas } from "./http";
import type { TokenSource } from "./signed_in_server";
import { type Link, Socket } from "./socket";

export interface DeskSnapshot {
  /** Who has signed in, and the rules and texts they work with; null before they are read. */
  settings: Schemas["DeskSettings"] | null;
  /** `denied`: this person is neither expert nor lead. */
  access: "unknown" | "granted" | "denied";
  link: Link;
  /** `signed_out`: the sign-in has expired; everything stays as it is until `resume`. */
  problem: "unreachable" | "signed_out" | null;
  queue: DeskQueue;
  /** False before the queue was read for the first time. */
  queue_read: boolean;
  /** By conversation id. */
  opened: Readonly<Record<string, OpenedConversation>>;
  /**
   * By conversation id: when the customer wrote what nobody has answered yet; of conversations
   * that are open, or held by this person.
   */
  unanswered: Readonly<Record<string, string>>;
  /** This page's clock minus the server's, in milliseconds. */
  skew_ms: number;
}

export interface DeskSessionOptions {
  http_url: string;
  websocket_url: string;
  token: TokenSource;
}

const TYPING_EVERY_MS = 3_000;
const TICK_MS = 1_000;
/** Signs of life within the time after which the server gives a conversation back. */
const SIGNS_PER_HEARTBEAT = 3;
/** Without a live connection the queue is read this often. */
const READ_WHILE_LOST_MS = 15_000;
const RETRY_FROM_MS = 2_000;
const RETRY_UP_TO_MS = 30_000;
/** Latency moves the measured difference of the clocks; only more than this is believed. */
const SKEW_NOISE_MS = 2_000;

/** A conversation in which something happens while it is read is read again, this often. */
const READS_AT_MOST = 3;

/**
 * An expert's or a lead's side: the queue, the conversations that are open, and the signs of life
 * for those that are held. Connected again by itself; what was missed is read.
 */
export class DeskSession {
  /** The server with this person's token, also for what is no part of the session. */
  readonly server: DeskServer;
  private snapshot: DeskSnapshot = {
    settings: null,
    access: "unknown",
    link: "connecting",
    problem: null,
    queue: NO_QUEUE,
    queue_read: false,
    opened: {},
    unanswered: {},
    skew_ms: 0,
  };
  private readonly listeners = new Set<() => void>();
  private readonly called = new Set<(escalation: EscalationView) => void>();
  private running = false;
  private socket: Socket<DeskFrame, DeskGets> | null = null;
  /** Counts the connections: what comes late from an earlier one is not heard. */
  private connection = 0;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private reader: ReturnType<typeof setInterval> | undefined;
  private presence: ReturnType<typeof setInterval> | undefined;
  private retry_timer: ReturnType<typeof setTimeout> | undefined;
  private retry_ms = RETRY_FROM_MS;
  private reading: Promise<void> | null = null;
  private read_again = false;
  /** News of escalations that came while the queue was read. */
  private meanwhile: EscalationView[] = [];
  private readonly refreshing = new Map<string, Promise<void>>();
  private readonly refresh_again = new Set<string>();
  private readonly outbox = new DeskOutbox({
    post: (conversation_id, client_id, meant) => this.post(conversation_id, client_id, meant),
    happen: (conversation_id, happening) => this.happen(conversation_id, happening),
    onFailure: (error) => {
      // Somebody else holds it by now, or nobody does.
      if (error instanceof Refused && error.status === 409) void this.sync();
      this.report(error);
    },
  });
  /** Escalations that this person gives away by themselves. */
  private readonly let_go = new Set<string>();
  private readonly typed_at = new Map<string, number>();
  private readonly woken = () => {
    if (document.visibilityState === "visible") this.showLife();
  };

  constructor(private readonly options: DeskSessionOptions) {
    this.server = new DeskServer(options.http_url, options.token);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): DeskSnapshot => this.snapshot;

  /** Tell `listener` of each escalation that begins to call this person. */
  onCall(listener: (escalation: EscalationView) => void): () => void {
    this.called.add(listener);
    return () => this.called.delete(listener);
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    document.addEventListener("visibilitychange", this.woken);
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.reader = setInterval(() => {
      if (this.snapshot.link !== "open") void this.sync();
    }, READ_WHILE_LOST_MS);
    void this.sync();
  }

  stop(): void {
    this.running = false;
    document.removeEventListener("visibilitychange", this.woken);
    clearInterval(this.ticker);
    clearInterval(this.reader);
    this.disconnect();
  }

  /** Go on after the same person has signed in again. */
  async resume(): Promise<void> {
    this.show({ problem: null });
    await this.sync();
  }

  // --- conversations -----------------------------------------------------------------------------
  open(conversation_id: string): void {
    if (this.snapshot.opened[conversation_id]) return;
    this.put(opening(conversation_id));
    void this.refresh(conversation_id);
  }

  close(conversation_id: string): void {
    const { [conversation_id]: _, ...opened } = this.snapshot.opened;
    this.show({ opened });
  }

  /** Read a conversation again. */
  refresh(conversation_id: string): Promise<void> {
    const already = this.refreshing.get(conversation_id);
    if (already) {
      // What is asked for may be newer than what is being read.
      this.refresh_again.add(conversation_id);
      return already;
    }
    const refreshed = this.readConversation(conversation_id).finally(() => {
      this.refreshing.delete(conversation_id);
    });
    this.refreshing.set(conversation_id, refreshed);
    return refreshed;
  }

  seen(conversation_id: string): void {
    const opened = this.snapshot.opened[conversation_id];
    if (opened?.notice) this.put({ ...opened, notice: null });
  }

  // --- what an expert does: null, or why it was not done ---------------------------------------------
  /** Take a conversation over. Of many who try, one wins; the others are told who. */
  async claim(conversation_id: string): Promise<Refusal | null> {
    const refusal = await this.act(conversation_id, async () => {
      const escalation = await this.server.claim(conversation_id);
      this.let_go.delete(escalation.escalation_id);
      this.hear(escalation);
    });
    const opened = this.snapshot.opened[conversation_id];
    if (refusal && opened) {
      const notice =
        refusal.code === "already_claimed" && refusal.by
          ? `${refusal.by} was faster and has taken this conversation over.`
          : refusal.message;
      this.put({ ...opened, notice });
    }
    return refusal;
  }

  async handBack(conversation_id: string, ending: Ending): Promise<Refusal | null> {
    return await this.end(conversation_id, () => this.server.handBack(conversation_id, ending));
  }

  async resolve(conversation_id: string, ending: Ending): Promise<Refusal | null> {
    return await this.end(conversation_id, () => this.server.resolve(conversation_id, ending));
  }

  /** To somebody (a user name), or to anybody. */
  async reassign(
    conversation_id: string,
    to: string | null,
    note: string,
  ): Promise<Refusal | null> {
    return await this.end(conversation_id, () => this.server.reassign(conversation_id, to, note));
  }

  /** Somebody got back to the customer of an escalation that had expired. */
  async followUpDone(escalation: EscalationView, ending: Ending): Promise<Refusal | null> {
    const { conversation_id, escalation_id } = escalation;
    return await this.act(conversation_id, async () => {
      this.hear(await this.server.followUp(conversation_id, escalation_id, ending));
    });
  }

  /**
   * Write to the customer; shown at once. With `use_draft` the withheld answer is sent, as it is
   * or as `text` if that differs from it.
   */
  async say(conversation_id: string, text: string, use_draft = false): Promise<void> {
    const draft = this.snapshot.opened[conversation_id]?.background?.draft;
    const as_it_is = use_draft && text === draft?.text;
    // With the message, the other side stops showing it: what is typed next is news again.
    this.typed_at.delete(conversation_id);
    const meant = { text: as_it_is ? "" : text, use_draft };
    await this.outbox.send(conversation_id, text, meant);
  }

  async retry(conversation_id: string, client_id: string): Promise<void> {
    await this.outbox.retry(conversation_id, client_id);
  }

  discard(conversation_id: string, client_id: string): void {
    this.outbox.discard(conversation_id, client_id);
  }

  /** The expert is typing; shown to the customer, a few times a minute at most. */
  typing(conversation_id: string): void {
    if (!this.holds(conversation_id)) return;
    const now = Date.now();
    if (now - (this.typed_at.get(conversation_id) ?? 0) < TYPING_EVERY_MS) return;
    if (this.socket?.send({ action: "typing", conversation_id })) {
      this.typed_at.set(conversation_id, now);
    }
  }

  holds(conversation_id: string): boolean {
    const call = callOf(this.snapshot.queue, conversation_id);
    const me = this.snapshot.settings?.me.user;
    return me !== undefined && call?.status === "claimed" && call.claimed_by === me;
  }

  // --- reading -----------------------------------------------------------------------------------
  /** Read everything that may have been missed, and send again what was not sent. */
  private sync(): Promise<void> {
    // What is being read may be older than what is asked for.
    if (this.reading) this.read_again = true;
    this.reading ??= this.readUntilCurrent().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async readUntilCurrent(): Promise<void> {
    do {
      this.read_again = false;
      await this.readAll();
    } while (this.read_again && this.running);
  }

  private async readAll(): Promise<void> {
    if (!this.running || this.snapshot.problem === "signed_out") return;
    this.meanwhile = [];
    try {
      const settings = this.snapshot.settings ?? (await this.readSettings());
      this.connect(settings.heartbeat_seconds);
      const [open, follow_ups] = await Promise.all([
        this.server.queue("open"),
        this.server.queue("follow_up"),
      ]);
      for (const escalation of open) this.compareClocks(escalation);
      this.moveQueue(ofLists(this.snapshot.queue, open, follow_ups, this.meanwhile));
      this.show({ queue_read: true, problem: null });
      this.retry_ms = RETRY_FROM_MS;
      clearTimeout(this.retry_timer);
    } catch (error) {
      this.report(error);
      return;
    }
    await Promise.all(Object.keys(this.snapshot.opened).map((id) => this.refresh(id)));
    this.outbox.retryUnreached((conversation_id) => this.holds(conversation_id));
  }

  private async readSettings(): Promise<Schemas["DeskSettings"]> {
    const settings = await this.server.settings();
    this.show({ settings, access: "granted" });
    return settings;
  }

  private async readConversation(conversation_id: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.refresh_again.delete(conversation_id);
      try {
        const view = await this.server.conversation(conversation_id);
        const opened = this.snapshot.opened[conversation_id];
        if (!opened) return; // closed meanwhile
        const old = this.refresh_again.has(conversation_id) || isOlder(view, opened);
        if (old && attempt < READS_AT_MOST) continue;
        this.put(ofView(opened, view, Date.now()));
        this.noteAnswered(conversation_id, unansweredSince(view.turns));
        for (const escalation of view.escalations) {
          const known = this.snapshot.queue.open.has(escalation.escalation_id);
          if (isOpen(escalation) || known || escalation.follow_up) this.hear(escalation, false);
        }
      } catch (error) {
        this.notRead(conversation_id, error);
      }
      return;
    }
  }

  private notRead(conversation_id: string, error: unknown): void {
    const opened = this.snapshot.opened[conversation_id];
    if (!opened) return;
    if (error instanceof Refused && error.status === 404) {
      this.put({ ...opened, state: "missing" });
      return;
    }
    if (opened.state === "loading") this.put({ ...opened, state: "failed" });
    this.report(error);
  }

  // --- the live connection -----------------------------------------------------------------------
  private connect(heartbeat_seconds: number): void {
    if (this.socket || !this.running) return;
    const every_ms = (heartbeat_seconds * 1000) / SIGNS_PER_HEARTBEAT;
    this.presence = setInterval(() => this.showLife(), every_ms);
    const connection = ++this.connection;
    this.socket = new Socket<DeskFrame, DeskGets>({
      url: async () => {
        try {
          const { token } = await this.server.ticket();
          return `${this.options.websocket_url}?token=${encodeURIComponent(token)}`;
        } catch (error) {
          this.report(error);
          throw error;
        }
      },
      onFrame: (frame) => this.receive(frame),
      onLink: (link) => {
        if (connection !== this.connection) return; // it was left
        const again = link === "open" && this.snapshot.link !== "open";
        this.show({ link });
        if (again) {
          this.showLife();
          void this.sync();
        }
      },
    });
  }

  private disconnect(): void {
    const socket = this.socket;
    this.connection++;
    this.socket = null;
    socket?.close();
    clearInterval(this.presence);
    clearTimeout(this.retry_timer);
  }

  private receive(frame: DeskGets): void {
    switch (frame.type) {
      case "queue":
        this.compareClocks(frame.escalation);
        this.hear(frame.escalation);
        break;
      case "turn":
        this.hearTurn(frame);
        break;
      case "typing":
        this.happen(frame.conversation_id, { kind: "frame", frame, now: Date.now() });
        break;
      case "error":
        // It answers a sign of life: what this page believes to hold is not what the server knows.
        if (frame.code === "not_signed_in") this.socket?.reconnect();
        else void this.sync();
        break;
    }
  }

  /** News of one escalation. Not `live`: it was read, with the conversation that it is of. */
  private hear(escalation: EscalationView, live = true): void {
    if (this.reading) this.meanwhile.push(escalation);
    const earlier = this.snapshot.queue.open.get(escalation.escalation_id);
    this.moveQueue(withEscalation(this.snapshot.queue, escalation));
    if (!live) return;
    if (this.snapshot.opened[escalation.conversation_id]) {
      void this.refresh(escalation.conversation_id);
    } else if (earlier?.status === "claimed" && isWaiting(escalation)) {
      // It was given back, or this is late news of before the claim: the server knows.
      void this.sync();
    }
  }

  private hearTurn(turn: TurnSent): void {
    const { conversation_id, author, at } = turn;
    const before = this.snapshot.unanswered[conversation_id] ?? null;
    if (author === "customer") this.noteAnswered(conversation_id, before ?? at);
    else if (author !== "system") this.noteAnswered(conversation_id, null);
    const opened = this.snapshot.opened[conversation_id];
    if (!opened) return;
    const after = ofTurn(opened, turn, Date.now());
    this.put(after);
    if (hasGap(after.conversation)) void this.refresh(conversation_id);
  }

  private showLife(): void {
    const me = this.snapshot.settings?.me.user;
    if (!this.running || me === undefined || this.snapshot.problem === "signed_out") return;
    for (const { conversation_id } of heldBy(this.snapshot.queue, me)) {
      if (this.socket?.send({ action: "present", conversation_id })) continue;
      this.server.presence(conversation_id).catch((error) => this.report(error));
    }
  }

  // --- writing -----------------------------------------------------------------------------------
  private async post(conversation_id: string, client_id: string, meant: Meant): Promise<void> {
    const turn = await this.server.say(conversation_id, client_id, meant);
    // The server's own name of the message is none of this page's.
    this.hearTurn({ ...sent(turn, "expert"), client_id });
  }

  private async end(conversation_id: string, call: () => Promise<void>): Promise<Refusal | null> {
    const escalation_id = callOf(this.snapshot.queue, conversation_id)?.escalation_id;
    if (escalation_id) this.let_go.add(escalation_id);
    const refusal = await this.act(conversation_id, async () => {
      // What is still on its way belongs before the end.
      await this.outbox.settled(conversation_id);
      await call();
    });
    if (refusal && escalation_id) this.let_go.delete(escalation_id);
    return refusal;
  }

  private async act(conversation_id: string, action: () => Promise<void>): Promise<Refusal | null> {
    try {
      await action();
      return null;
    } catch (error) {
      this.report(error);
      return refusalOf(error);
    } finally {
      if (this.snapshot.opened[conversation_id]) await this.refresh(conversation_id);
      else await this.sync();
    }
  }

  private report(error: unknown): void {
    if (error instanceof Refused) {
      if (error.status === 401) {
        this.disconnect();
        this.show({ problem: "signed_out", link: "lost" });
      } else if (error.status === 403) {
        this.disconnect();
        this.show({ access: "denied", link: "lost" });
      }
      return;
    }
    this.show({ problem: "unreachable" });
    clearTimeout(this.retry_timer);
    if (!this.running) return;
    this.retry_timer = setTimeout(() => void this.sync(), this.retry_ms);
    this.retry_ms = Math.min(this.retry_ms * 2, RETRY_UP_TO_MS);
  }

  // --- what the page sees ------------------------------------------------------------------------
  private moveQueue(after: DeskQueue): void {
    const before = this.snapshot.queue;
    const known = this.snapshot.queue_read;
    this.show({ queue: after });
    const me = this.snapshot.settings?.me.user;
    if (me === undefined) return;
    for (const lost of heldBy(before, me)) this.tellIfLost(lost, after);
    if (!known) return;
    for (const escalation of calls(before, after, me)) {
      const mine = before.open.get(escalation.escalation_id)?.claimed_by === me;
      if (mine && this.let_go.delete(escalation.escalation_id)) continue;
      for (const listener of this.called) listener(escalation);
    }
  }

  /** Somebody else, or the heartbeat, took a conversation from this person. */
  private tellIfLost(earlier: EscalationView, after: DeskQueue): void {
    const now = after.open.get(earlier.escalation_id);
    const opened = this.snapshot.opened[earlier.conversation_id];
    const still = now?.status === "claimed" && now.claimed_by === earlier.claimed_by;
    if (still || !opened || this.let_go.has(earlier.escalation_id)) return;
    const notice = !now
      ? "This call for a person has ended."
      : now.status === "claimed"
        ? `${now.claimed_name ?? "Somebody else"} holds this conversation now.`
        : "You do not hold this conversation any more: it went back to the queue.";
    this.put({ ...opened, notice });
  }

  private noteAnswered(conversation_id: string, since: string | null): void {
    const { [conversation_id]: before = null, ...others } = this.snapshot.unanswered;
    if (before === since) return;
    this.show({ unanswered: since ? { ...others, [conversation_id]: since } : others });
  }

  private compareClocks(escalation: EscalationView): void {
    if (!isWaiting(escalation)) return; // its time of waiting has stopped
    const server = Date.parse(escalation.requested_at) + escalation.waiting_seconds * 1000;
    const skew_ms = Date.now() - server;
    if (Math.abs(skew_ms - this.snapshot.skew_ms) > SKEW_NOISE_MS) this.show({ skew_ms });
  }

  private tick(): void {
    const now = Date.now();
    for (const id of Object.keys(this.snapshot.opened)) this.happen(id, { kind: "tick", now });
  }

  private happen(conversation_id: string, happening: Parameters<typeof next>[1]): void {
    const opened = this.snapshot.opened[conversation_id];
    if (!opened) return;
    const conversation = next(opened.conversation, happening);
    if (conversation !== opened.conversation) this.put({ ...opened, conversation });
  }

  private put(opened: OpenedConversation): void {
    const { conversation_id } = opened;
    this.show({ opened: { ...this.snapshot.opened, [conversation_id]: opened } });
  }

  private show(change: Partial<DeskSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener();
  }
}
