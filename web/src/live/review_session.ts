import { Attention } from "./attention";
import { Refused, type Schemas } from "./http";
import { Retry } from "./retry";
import { type Draft, EMPTY, KeptDrafts, over, together, typedIn } from "./review_draft";
import { type Item, ReviewServer, type Which } from "./review_server";
import { type Action, BEFORE, type ReviewSnapshot } from "./review_snapshot";
import { isForbidden, isSignedOut, type TokenSource } from "./signed_in_server";

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
const GOING_BACK = "Taking the last one back.";

/**
 * A reviewer's side of the queue: one item at a time, what they have chosen and typed for it, the
 * signs of life that keep it theirs.
 *
 * What they confirm is taken at once: while it is on its way, what they choose and type is for the
 * item that follows. What cannot be stored comes back as it was and is tried again.
 */
export class ReviewSession {
  readonly server: ReviewServer;
  private snapshot = BEFORE;
  private readonly listeners = new Set<() => void>();
  private readonly attention = new Attention(AWAY_AFTER_MS);
  private readonly retry = new Retry();
  private drafts: KeptDrafts | null = null;
  /** Chosen and typed for an item that was awaited, and has not come yet. */
  private ahead: Draft = EMPTY;
  /** Undo was asked while something was on its way, so often; each with what was typed before it. */
  private undos: Draft[] = [];
  /** Items with a draft that were left to go back to the one before. */
  private left_behind: Item[] = [];
  private rating = false;
  private sign_timer: ReturnType<typeof setInterval> | undefined;
  private look_timer: ReturnType<typeof setInterval> | undefined;
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
      this.drafts = new KeptDrafts(this.options.storage, settings.user);
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
    this.retry.cancel();
    this.ahead = EMPTY;
    this.undos = [];
    this.left_behind = [];
    this.show({
      item: null,
      read: false,
      coming: null,
      draft: EMPTY,
      notice: null,
      doing: null,
    });
  }

  /** After signing in again. */
  async resume(): Promise<void> {
    this.show({ problem: null });
    if (!this.snapshot.settings) return await this.open();
    if (!this.rating) return;
    if (this.retry.waits) this.retryNow();
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
    if (!settings || doing || this.retry.waits) return;
    if (item) void this.showLife();
    else if (read) void this.take();
  }

  private leave(): void {
    const { item, doing } = this.snapshot;
    // What is being rated at this moment is not given back: the rating may be on its way.
    if (item && doing !== "rate") this.giveBack(item);
  }

  private giveBack(item: Item): void {
    if (this.token) this.server.release(whichOf(item), this.token);
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
      // What is on its way says itself what comes next.
      if (!this.rating || this.snapshot.doing) return;
      this.reachedAgain();
      const same = before && next.item && isSame(before, next.item);
      const first = !this.snapshot.read;
      this.showItem(next.item, next.progress);
      this.missLeftBehind(next.item);
      if (next.item && !same) this.say(first ? newItem(next.progress) : "There is a new item.");
    } catch (error) {
      this.unreached(error, () => void this.take());
    }
  }

  /** What is left, for who is not before the page: it is not taken from others. */
  private async count(): Promise<void> {
    try {
      const progress = await this.server.progress();
      const { item, coming } = this.snapshot;
      if (!item && coming === null) this.show({ progress });
    } catch {
      // It is asked again.
    }
  }

  /** Show what the server says is next; what was chosen and typed for it meanwhile is its. */
  private showItem(item: Item | null, progress: Schemas["Progress"], said?: Draft): void {
    const { item: before, coming, step } = this.snapshot;
    void this.server.ready().then((token) => {
      this.token = token;
    });
    if (before && item && isSame(before, item)) {
      this.show({ read: true, progress });
      return;
    }
    this.attention.look();
    const ahead = this.typedAhead();
    this.ahead = EMPTY;
    const kept = item ? this.draftOf(item, said) : EMPTY;
    this.show({
      item,
      read: true,
      coming: null,
      step: coming === null ? step + 1 : step,
      progress,
      draft: item ? over(kept, ahead) : EMPTY,
    });
    if (item) this.keep(item, over(kept, ahead));
    else this.unplaced(typedIn(ahead));
  }

  private keep(item: Item, draft: Draft): void {
    if (draft !== EMPTY) this.drafts?.keep(whichOf(item), draft);
  }

  private draftOf(item: Item, said: Draft = EMPTY): Draft {
    const kept = this.drafts?.of(whichOf(item)) ?? EMPTY;
    return kept === EMPTY ? said : kept;
  }

  /** Whoever goes back to an item and on again finds what they had left, or is told what is gone. */
  private missLeftBehind(item: Item | null): void {
    const found = item && this.left_behind.find((one) => isSame(one, item));
    const gone = found ? [] : this.left_behind;
    this.left_behind = found ? this.left_behind.filter((one) => one !== found) : [];
    for (const one of gone) {
      this.unplaced(typedIn(this.draftOf(one)));
      this.drafts?.forget(whichOf(one));
    }
  }

  private unplaced(typed: string): void {
    if (!typed) return;
    const { notice } = this.snapshot;
    const shown = notice && "typed" in notice ? notice : { kind: "unplaced" as const, typed: "" };
    this.show({ notice: { ...shown, typed: together(shown.typed, typed) } });
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
    const { item, draft, step } = this.snapshot;
    if (item) this.drafts?.forget(whichOf(item));
    this.show({
      item: null,
      read: false,
      step: step + 1,
      draft: EMPTY,
      notice: { kind: "lost", message: error.message, typed: typedIn(draft) },
    });
    await this.take();
  }

  // --- what a reviewer does ----------------------------------------------------------------------
  /** Choose or type, for the item that is shown or awaited. */
  write(change: Partial<Draft>): void {
    const { item, coming, draft, notice } = this.snapshot;
    if (!item && coming === null) return;
    const written = { ...draft, ...change };
    this.show({ draft: written });
    if (!item) return;
    this.drafts?.keep(whichOf(item), written);
    if (notice?.kind === "unsaved" && notice.action !== "undo") {
      // It is not what was confirmed any more: it is confirmed anew.
      this.retry.cancel();
      this.show({ notice: null });
    }
  }

  /** Whether a reason must be given with the rating that is chosen. */
  get needsReason(): boolean {
    const { settings, draft } = this.snapshot;
    return draft.rating !== null && draft.rating <= (settings?.reason_up_to ?? 0);
  }

  /** What is missing before the rating can be sent; null: it is on its way. */
  rate(): "item" | "rating" | "reason" | null {
    const { item, draft, doing } = this.snapshot;
    if (!item) return "item";
    if (doing) return null;
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
    this.moveOn(`Rated ${rating}.`);
    void this.act("rate", `Rated ${rating}.`, item, draft, () => this.server.rate(body));
    return null;
  }

  /** Leave the item to others (`skip`), or to a lead (`flag`); what is missing as of `rate`. */
  putAside(action: "skip" | "flag"): "item" | "reason" | null {
    const { item, draft, doing } = this.snapshot;
    if (!item) return "item";
    if (doing) return null;
    const reason = draft.aside_reason.trim();
    if (!reason) return "reason";
    const body = { ...whichOf(item), reason };
    const words = action === "skip" ? "Skipped." : "Flagged for a lead.";
    this.moveOn(words);
    void this.act(action, words, item, draft, () => this.server[action](body));
    return null;
  }

  /** Take the last rating or skip back, also one that is on its way. */
  undo(): void {
    const { doing, coming, progress, draft, item, step } = this.snapshot;
    if (doing) {
      if (coming === null) return;
      this.undos.push(draft);
      this.show({ draft: EMPTY, step: step + 1 });
    } else if (progress?.can_undo) {
      this.moveOn(GOING_BACK);
      void this.goBack(item, draft);
    } else {
      this.refuse("There is nothing that can be undone.");
    }
  }

  /** `item` and `draft`: what was before the reviewer, and is again if it cannot be undone. */
  private async goBack(item: Item | null, draft: Draft): Promise<void> {
    this.retry.cancel();
    this.show({ doing: "undo", notice: null });
    try {
      const undone = await this.server.undo();
      this.done();
      if (!this.rating) {
        this.giveBack(undone.item);
        return;
      }
      if (item && typedIn(this.draftOf(item))) this.left_behind.push(item);
      const { rating, reason, better_answer } = undone;
      // The reason of a skip or a flag is none of a rating.
      const said = rating === null ? EMPTY : { ...EMPTY, rating, reason, better_answer };
      if (this.goBackFurther(undone.item, undone.progress, said)) return;
      this.showItem(undone.item, undone.progress, said);
      this.say(rating === null ? "Undone." : `Undone: you had rated ${rating}.`);
    } catch (error) {
      if (!this.rating) return;
      this.comeBack(item, draft);
      if (error instanceof Refused && !isSignedOut(error)) {
        // What was typed meanwhile was for the item that does not come.
        this.refuse(error.message, typedIn(this.ahead));
        this.ahead = EMPTY;
        if (!item) void this.take();
      } else {
        this.unsaved("undo", error, () => void this.goBack(item, draft));
      }
    }
  }

  /** Whether undo was asked meanwhile: it is next, and `item` waits with what was typed for it. */
  private goBackFurther(
    item: Item | null,
    progress: Schemas["Progress"],
    said: Draft = EMPTY,
  ): boolean {
    const [typed, ...further] = this.undos;
    if (!typed || !progress.can_undo) return false;
    const draft = over(over(item ? this.draftOf(item, said) : EMPTY, this.ahead), typed);
    this.ahead = EMPTY;
    this.undos = further;
    if (item) this.keep(item, draft);
    else this.unplaced(typedIn(draft));
    this.show({ progress, coming: GOING_BACK });
    void this.goBack(item, draft);
    return true;
  }

  /** Try again now what could not be stored. */
  retryNow(): void {
    this.retry.now();
  }

  dismissNotice(): void {
    this.show({ notice: null });
  }

  /** Nothing of it stays on this machine. */
  forget(): void {
    this.drafts?.forgetAll();
  }

  /** `draft` is what is being sent: what is on the page may be newer when it is tried again. */
  private async act(
    action: "rate" | "skip" | "flag",
    words: string,
    item: Item,
    draft: Draft,
    call: () => Promise<Schemas["Next"]>,
  ): Promise<void> {
    this.retry.cancel();
    const { notice } = this.snapshot;
    // What could not be stored stays said until it is.
    this.show({ doing: action, notice: notice?.kind === "unsaved" ? notice : null });
    try {
      const next = await call();
      this.done();
      this.settle(item, draft);
      if (!this.rating) {
        if (next.item) this.giveBack(next.item);
        return;
      }
      if (this.goBackFurther(next.item, next.progress)) return;
      this.showItem(next.item, next.progress);
      this.missLeftBehind(next.item);
      this.say(next.item ? `${words} ${newItem(next.progress)}` : `${words} Nothing is left.`);
    } catch (error) {
      if (!this.rating) return; // the draft is kept
      this.comeBack(item, draft);
      if (isLost(error)) await this.lose(error);
      else if (error instanceof Refused && !isSignedOut(error)) this.refuse(error.message);
      else if (this.snapshot.draft !== draft) {
        this.refuse("It is not saved yet, and you have changed it since: confirm it again.");
      } else {
        this.unsaved(action, error, () => void this.act(action, words, item, draft, call));
      }
    }
  }

  /** The item is stored as `sent`. What was changed since then stays, to be found by undoing. */
  private settle(item: Item, sent: Draft): void {
    const { item: shown, draft } = this.snapshot;
    if (shown === item && draft !== sent) this.show({ notice: { kind: "too_late" } });
    else this.drafts?.forget(whichOf(item));
  }

  /** The item is dealt with as far as the reviewer is concerned: the next one is awaited. */
  private moveOn(words: string): void {
    const { step } = this.snapshot;
    this.show({ item: null, coming: words, step: step + 1, draft: EMPTY });
  }

  /** It is not: the item is before the reviewer again. What they typed meanwhile waits. */
  private comeBack(item: Item | null, draft: Draft): void {
    this.show({ doing: null });
    const { coming, step } = this.snapshot;
    if (coming === null) return; // it was here all the time
    this.ahead = this.typedAhead();
    this.show({ item, coming: null, step: step + 1, draft });
  }

  /** What was chosen and typed for items to come, in order. */
  private typedAhead(): Draft {
    const { coming, draft } = this.snapshot;
    const typed = [...this.undos, ...(coming === null ? [] : [draft])];
    this.undos = [];
    return typed.reduce(over, this.ahead);
  }

  private refuse(message: string, typed = ""): void {
    this.show({ notice: { kind: "refused", message, typed } });
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
    this.retry.later(again, !isSignedOut(error)); // then `resume` goes on with it
  }

  private reachedAgain(): void {
    this.retry.worked();
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
