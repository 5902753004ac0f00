import { Attention } from "./attention";
import { Refused, type Schemas } from "./http";
import { type Draft, EMPTY, KeptDraft } from "./review_draft";
import { type Item, isForbidden, isSignedOut, ReviewServer, type Which } from "./review_server";
import type { TokenSource } from "./signed_in_server";

export type Action = "rate" | "skip" | "flag" | "undo";

/** What became of the last thing that was done, or why it was not. */
export type Notice =
  /** Somebody else has the item by now. `typed`: what was written for it. */
  | { kind: "lost"; message: string; typed: string }
  /** The server says no, and the item is still here. */
  | { kind: "refused"; message: string }
  /** It is not stored; it is tried again by itself. */
  | { kind: "unsaved"; action: Action; message: string };

export interface ReviewSnapshot {
  /** Null before they are read. */
  settings: Schemas["ReviewSettings"] | null;
  /** `denied`: this person is neither reviewer nor lead. */
  access: "unknown" | "granted" | "denied";
  /** `signed_out`: the sign-in has expired; everything stays as it is until `resume`. */
  problem: "unreachable" | "signed_out" | null;
  /** Null: there is none, or it is not read yet (`read`). */
  item: Item | null;
  /** Whether the server has said which item there is. */
  read: boolean;
  draft: Draft;
  progress: Schemas["Progress"] | null;
  /** What is on its way to the server. */
  doing: Action | null;
  notice: Notice | null;
  /** What has just happened, for who does not see it; `number` tells the same words apart. */
  said: { words: string; number: number };
}

export interface ReviewSessionOptions {
  http_url: string;
  token: TokenSource;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

/** Signs of life within the time after which the server gives an item to others. */
const SIGNS_PER_HOLD = 3;
/** Who has shown no sign for so long has left; what they hold goes to others. */
const AWAY_AFTER_MS = 600_000;
/** While there is nothing to rate, it is asked again this often. */
const LOOK_EVERY_MS = 20_000;
const RETRY_FROM_MS = 2_000;
const RETRY_UP_TO_MS = 30_000;

/**
 * A reviewer's side of the queue: one item at a time, what they have chosen and typed for it, the
 * signs of life that keep it theirs. What cannot be stored stays as it is and is tried again.
 */
export class ReviewSession {
  readonly server: ReviewServer;
  private snapshot: ReviewSnapshot = {
    settings: null,
    access: "unknown",
    problem: null,
    item: null,
    read: false,
    draft: EMPTY,
    progress: null,
    doing: null,
    notice: null,
    said: { words: "", number: 0 },
  };
  private readonly listeners = new Set<() => void>();
  private readonly attention = new Attention(AWAY_AFTER_MS);
  private drafts: KeptDraft | null = null;
  private rating = false;
  private sign_timer: ReturnType<typeof setInterval> | undefined;
  private look_timer: ReturnType<typeof setInterval> | undefined;
  private retry_timer: ReturnType<typeof setTimeout> | undefined;
  private retry_ms = RETRY_FROM_MS;
  private again: (() => void) | null = null;
  /** To give the item back with when the page goes. */
  private token: string | undefined;
  private reading: Promise<void> | null = null;
  private readonly left = () => this.leave();
  private readonly reached = () => this.retryNow();
  private readonly shown_again = (event: PageTransitionEvent) => {
    // From the browser's cache of pages: the item was given back when it was left.
    if (event.persisted && this.rating) void this.take();
  };

  constructor(private readonly options: ReviewSessionOptions) {
    this.server = new ReviewServer(options.http_url, options.token);
    this.server.onSignedOut(() => this.show({ problem: "signed_out" }));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): ReviewSnapshot => this.snapshot;

  // --- coming and going --------------------------------------------------------------------------
  /** Read who has signed in and what they are asked to do. */
  async open(): Promise<void> {
    if (this.snapshot.settings) return;
    try {
      const settings = await this.server.settings();
      this.drafts = new KeptDraft(this.options.storage, settings.user);
      this.reachedAgain();
      this.show({ settings, access: "granted" });
      if (this.rating) this.begin(settings.hold_seconds);
    } catch (error) {
      if (isForbidden(error)) this.show({ access: "denied" });
      else this.unreached(error, () => void this.open());
    }
  }

  /** Somebody is at the page where items are rated: take one. */
  startRating(): void {
    if (this.rating) return;
    this.rating = true;
    addEventListener("pagehide", this.left);
    addEventListener("pageshow", this.shown_again);
    addEventListener("online", this.reached);
    this.attention.start(() => this.back());
    const { settings } = this.snapshot;
    if (settings) this.begin(settings.hold_seconds);
  }

  /** They have gone to another page: what they hold goes back. What they typed is kept. */
  stopRating(): void {
    if (!this.rating) return;
    this.leave();
    this.rating = false;
    this.attention.stop();
    removeEventListener("pagehide", this.left);
    removeEventListener("pageshow", this.shown_again);
    removeEventListener("online", this.reached);
    clearInterval(this.sign_timer);
    clearInterval(this.look_timer);
    clearTimeout(this.retry_timer);
    this.again = null;
    this.show({ item: null, read: false, draft: EMPTY, notice: null, doing: null });
  }

  /** After signing in again. */
  async resume(): Promise<void> {
    this.show({ problem: null });
    if (!this.snapshot.settings) return await this.open();
    if (!this.rating) return;
    if (this.again) this.retryNow();
    else if (this.snapshot.item) await this.showLife();
    else await this.take();
  }

  private begin(hold_seconds: number): void {
    clearInterval(this.sign_timer);
    clearInterval(this.look_timer);
    this.sign_timer = setInterval(
      () => {
        if (this.attention.present) void this.showLife();
      },
      (hold_seconds * 1000) / SIGNS_PER_HOLD,
    );
    this.look_timer = setInterval(() => {
      const { item, read, doing } = this.snapshot;
      if (!read || item || doing) return;
      if (this.attention.present) void this.take();
      else void this.count();
    }, LOOK_EVERY_MS);
    void this.take();
  }

  /** They are before the page again. */
  private back(): void {
    const { settings, item, read, doing } = this.snapshot;
    if (!settings || doing || this.again) return;
    if (item) void this.showLife();
    else if (read) void this.take();
  }

  private leave(): void {
    const { item, doing } = this.snapshot;
    // What is being rated at this moment is not given back: the rating may be on its way.
    if (item && this.token && doing !== "rate") this.server.release(whichOf(item), this.token);
  }

  // --- the item ----------------------------------------------------------------------------------
  /** Ask which item is next; the one that is shown stays if it still is. */
  async take(): Promise<void> {
    this.reading ??= this.ask().finally(() => {
      this.reading = null;
    });
    return await this.reading;
  }

  private async ask(): Promise<void> {
    try {
      const before = this.snapshot.read ? this.snapshot.item : null;
      const next = await this.server.next();
      if (!this.rating) return;
      this.reachedAgain();
      const same = before && next.item && isSame(before, next.item);
      const first = !this.snapshot.read;
      this.showItem(next.item, next.progress);
      if (next.item && !same) this.say(first ? newItem(next.progress) : "There is a new item.");
    } catch (error) {
      this.unreached(error, () => void this.take());
    }
  }

  /** What is left, for who is not before the page: it is not taken from others. */
  private async count(): Promise<void> {
    try {
      const progress = await this.server.progress();
      if (!this.snapshot.item) this.show({ progress });
    } catch {
      // It is asked again.
    }
  }

  private showItem(item: Item | null, progress: Schemas["Progress"], draft?: Draft): void {
    const before = this.snapshot.item;
    const same = before && item && isSame(before, item) && draft === undefined;
    if (!same) this.attention.look();
    this.show({
      item: same ? before : item,
      read: true,
      progress,
      draft: same
        ? this.snapshot.draft
        : (draft ?? (item ? (this.drafts?.of(whichOf(item)) ?? EMPTY) : EMPTY)),
    });
    void this.server.ready().then((token) => {
      this.token = token;
    });
  }

  /** A sign of life; when the item went to somebody else, it is said, and the next one comes. */
  private async showLife(): Promise<void> {
    const { item, doing } = this.snapshot;
    if (!item || doing) return;
    try {
      await this.server.heartbeat(whichOf(item));
      this.token = await this.server.ready();
    } catch (error) {
      const { snapshot } = this;
      if (snapshot.item !== item || snapshot.doing) return;
      if (isLost(error)) await this.lose(error);
      // Anything else: the next sign of life may be heard.
    }
  }

  private async lose(error: Refused): Promise<void> {
    const { draft } = this.snapshot;
    const typed = [draft.reason, draft.better_answer].filter((text) => text.trim()).join("\n\n");
    this.drafts?.forget();
    this.show({
      item: null,
      read: false,
      draft: EMPTY,
      notice: { kind: "lost", message: error.message, typed },
    });
    await this.take();
  }

  // --- what a reviewer does ----------------------------------------------------------------------
  write(change: Partial<Draft>): void {
    const { item, draft } = this.snapshot;
    if (!item) return;
    const written = { ...draft, ...change };
    this.show({ draft: written });
    this.drafts?.keep(whichOf(item), written);
  }

  /** Whether a reason must be given with the rating that is chosen. */
  get needsReason(): boolean {
    const { settings, draft } = this.snapshot;
    return draft.rating !== null && draft.rating <= (settings?.reason_up_to ?? 0);
  }

  /** What is missing before the rating can be sent; null: it is being sent. */
  rate(): "rating" | "reason" | null {
    const { item, draft, doing } = this.snapshot;
    if (!item || doing) return null;
    if (draft.rating === null) return "rating";
    if (this.needsReason && !draft.reason.trim()) return "reason";
    const { rating } = draft;
    const seconds = Math.min(86_400, Math.round(this.attention.looked_seconds * 10) / 10);
    const body = {
      ...whichOf(item),
      rating,
      reason: draft.reason.trim(),
      better_answer: draft.better_answer.trim(),
      seconds,
    };
    void this.act("rate", `Rated ${rating}.`, () => this.server.rate(body));
    return null;
  }

  /** Leave the item to others (`skip`), or to a lead (`flag`). */
  putAside(action: "skip" | "flag", reason: string): void {
    const { item, doing } = this.snapshot;
    if (!item || doing) return;
    const body = { ...whichOf(item), reason };
    void (action === "skip"
      ? this.act("skip", "Skipped.", () => this.server.skip(body))
      : this.act("flag", "Flagged for a lead.", () => this.server.flag(body)));
  }

  /** Take the last rating or skip back. */
  async undo(): Promise<void> {
    const { doing, progress, item } = this.snapshot;
    if (doing) return;
    if (!progress?.can_undo) {
      this.show({ notice: { kind: "refused", message: "There is nothing that can be undone." } });
      return;
    }
    this.show({ doing: "undo", notice: null });
    try {
      const undone = await this.server.undo();
      this.done();
      const { item, rating, reason, better_answer } = undone;
      // The reason of a skip or a flag is none of a rating.
      const draft = rating === null ? EMPTY : { rating, reason, better_answer };
      this.showItem(item, undone.progress, draft);
      this.drafts?.keep(whichOf(item), draft);
      this.say(rating === null ? "Undone." : `Undone: you had rated ${rating}.`);
    } catch (error) {
      this.show({ doing: null });
      if (error instanceof Refused && !isSignedOut(error)) {
        this.show({ notice: { kind: "refused", message: error.message } });
        if (!item) void this.take();
      } else {
        this.unsaved("undo", error, () => void this.undo());
      }
    }
  }

  /** Try again now what could not be stored. */
  retryNow(): void {
    const { again } = this;
    if (!again) return;
    clearTimeout(this.retry_timer);
    this.again = null;
    again();
  }

  dismissNotice(): void {
    this.show({ notice: null });
  }

  /** Nothing of it stays on this machine. */
  forget(): void {
    this.drafts?.forget();
  }

  private async act(
    action: "rate" | "skip" | "flag",
    words: string,
    call: () => Promise<Schemas["Next"]>,
  ): Promise<void> {
    clearTimeout(this.retry_timer);
    this.again = null;
    const { notice } = this.snapshot;
    // What could not be stored stays said until it is.
    this.show({ doing: action, notice: notice?.kind === "unsaved" ? notice : null });
    try {
      const next = await call();
      this.done();
      this.drafts?.forget();
      if (!this.rating) return;
      this.showItem(next.item, next.progress);
      this.say(next.item ? `${words} ${newItem(next.progress)}` : `${words} Nothing is left.`);
    } catch (error) {
      this.show({ doing: null });
      if (isLost(error)) await this.lose(error);
      else if (error instanceof Refused && !isSignedOut(error)) {
        this.show({ notice: { kind: "refused", message: error.message } });
      } else {
        this.unsaved(action, error, () => void this.act(action, words, call));
      }
    }
  }

  private done(): void {
    this.reachedAgain();
    this.show({ doing: null, notice: null });
  }

  // --- when the server is not reached ------------------------------------------------------------
  private unsaved(action: Action, error: unknown, again: () => void): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!isSignedOut(error)) this.show({ notice: { kind: "unsaved", action, message } });
    this.tryLater(error, again);
  }

  private unreached(error: unknown, again: () => void): void {
    if (!isSignedOut(error)) this.show({ problem: "unreachable" });
    this.tryLater(error, again);
  }

  private tryLater(error: unknown, again: () => void): void {
    clearTimeout(this.retry_timer);
    this.again = again;
    if (isSignedOut(error)) return; // `resume` goes on with it
    this.retry_timer = setTimeout(() => this.retryNow(), this.retry_ms);
    this.retry_ms = Math.min(this.retry_ms * 2, RETRY_UP_TO_MS);
  }

  private reachedAgain(): void {
    this.retry_ms = RETRY_FROM_MS;
    if (this.snapshot.problem === "unreachable") this.show({ problem: null });
  }

  private say(words: string): void {
    this.show({ said: { words, number: this.snapshot.said.number + 1 } });
  }

  private show(change: Partial<ReviewSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener();
  }
}

function whichOf({ job, candidate_id }: Item): Which {
  return { job, candidate_id };
}

function isSame(one: Item, other: Item): boolean {
  return one.job === other.job && one.candidate_id === other.candidate_id;
}

/** The item is not this person's any more, or is done. */
function isLost(error: unknown): error is Refused {
  return error instanceof Refused && (error.status === 409 || error.status === 404);
}

function newItem({ left }: Schemas["Progress"]): string {
  return left > 1 ? `New item, ${left} left.` : "New item, the last one.";
}
