import { Attention } from "./attention";
import { BEFORE, type Choice, type CompareSnapshot, type Pair } from "./compare_snapshot";
import { Refused, type Schemas } from "./http";
import { ModelsServer, type WhichPair } from "./models_server";
import { Retry } from "./retry";
import { isForbidden, isSignedOut, type TokenSource } from "./signed_in_server";

export interface CompareSessionOptions {
  http_url: string;
  token: TokenSource;
}

/** Signs of life within the time after which the server gives a pair to others. */
const SIGNS_PER_HOLD = 3;
/** Between two of them, whatever this machine's clock says of the server's time. */
const SIGN_AT_LEAST_MS = 5_000;
const SIGN_AT_MOST_MS = 60_000;
/** Who has shown no sign for so long has left; what they hold goes to others. */
const AWAY_AFTER_MS = 600_000;
/** While there is nothing to compare, it is asked again this often. */
const LOOK_EVERY_MS = 20_000;

export const CHOICE_WORDS: Record<Choice, string> = {
  first: "Answer 1 is better",
  second: "Answer 2 is better",
  same: "No difference",
};

/**
 * The blind comparison for one person: one pair at a time, what they have chosen, the signs of life
 * that keep it theirs. Nothing can be chosen for a pair that has not been seen; what cannot be
 * stored comes back as it was and is tried again.
 */
export class CompareSession {
  readonly server: ModelsServer;
  private snapshot = BEFORE;
  private readonly listeners = new Set<() => void>();
  private readonly attention = new Attention(AWAY_AFTER_MS);
  private readonly retry = new Retry();
  private comparing = false;
  private sign_timer: ReturnType<typeof setTimeout> | undefined;
  private look_timer: ReturnType<typeof setInterval> | undefined;
  private reading: Promise<void> | null = null;
  private readonly reached = () => this.retryNow();

  constructor({ http_url, token }: CompareSessionOptions) {
    this.server = new ModelsServer(http_url, token);
    this.server.onSignedOut(() => this.show({ problem: "signed_out" }));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): CompareSnapshot => this.snapshot;

  // --- coming and going --------------------------------------------------------------------------
  /** Somebody is at the page where pairs are compared: take one. */
  start(): void {
    if (this.comparing) return;
    this.comparing = true;
    addEventListener("online", this.reached);
    this.attention.start(() => this.back());
    this.look_timer = setInterval(() => {
      const { pair, read, saving } = this.snapshot;
      if (read && !pair && !saving && this.attention.present) void this.take();
    }, LOOK_EVERY_MS);
    void this.take();
  }

  /** They have gone to another page. What they hold goes to others when its time is over. */
  stop(): void {
    if (!this.comparing) return;
    this.comparing = false;
    this.attention.stop();
    removeEventListener("online", this.reached);
    clearTimeout(this.sign_timer);
    clearInterval(this.look_timer);
    this.retry.cancel();
    const { access, problem, progress } = this.snapshot;
    this.show({ ...BEFORE, access, problem, progress });
  }

  /** After signing in again. */
  async resume(): Promise<void> {
    this.show({ problem: null });
    if (!this.comparing) return;
    if (this.retry.waits) this.retryNow();
    else if (this.snapshot.pair) await this.showLife();
    else await this.take();
  }

  /** They are before the page again. */
  private back(): void {
    const { pair, read, saving } = this.snapshot;
    if (saving || this.retry.waits) return;
    if (pair) void this.showLife();
    else if (read) void this.take();
  }

  // --- the pair ----------------------------------------------------------------------------------
  /** Ask which pair is next; the one that is shown stays if it still is. */
  async take(): Promise<void> {
    this.reading ??= this.ask().finally(() => {
      this.reading = null;
    });
    return await this.reading;
  }

  private async ask(): Promise<void> {
    try {
      const { pair: before, read } = this.snapshot;
      const next = await this.server.nextPair();
      // What is on its way says itself what comes next.
      if (!this.comparing || this.snapshot.saving) return;
      this.reachedAgain();
      this.show({ access: "granted" });
      this.showPair(next);
      const { pair, progress } = next;
      if (pair && !(before && isSame(before, pair))) {
        this.say(read ? "There is a new pair." : newPair(progress));
      }
    } catch (error) {
      if (!this.comparing) return;
      if (isForbidden(error)) this.show({ access: "denied" });
      else this.unreached(error, () => void this.take());
    }
  }

  private showPair({ pair, progress }: Schemas["NextPair"]): void {
    const { pair: before, choice } = this.snapshot;
    const same = before !== null && pair !== null && isSame(before, pair);
    this.show({ pair, progress, read: true, coming: null, choice: same ? choice : null });
    this.signLater(pair);
  }

  /** By this machine's clock, which may be wrong: hence the limits. */
  private signLater(held: { held_until: string } | null): void {
    clearTimeout(this.sign_timer);
    if (!held) return;
    const left = new Date(held.held_until).getTime() - Date.now();
    const pause = Math.min(Math.max(left / SIGNS_PER_HOLD, SIGN_AT_LEAST_MS), SIGN_AT_MOST_MS);
    this.sign_timer = setTimeout(() => void this.signOfLife(), pause);
  }

  private async signOfLife(): Promise<void> {
    if (this.attention.present) await this.showLife();
    else this.signLater(this.snapshot.pair);
  }

  /** A sign of life; when the pair went to somebody else, it is said, and the next one comes. */
  private async showLife(): Promise<void> {
    const { pair, saving } = this.snapshot;
    if (!pair || saving) return;
    let held: { held_until: string } = pair;
    try {
      held = await this.server.heartbeat(whichOf(pair));
    } catch (error) {
      if (this.snapshot.pair !== pair || this.snapshot.saving) return;
      if (isLost(error)) return await this.lose(error);
      // Anything else: the next sign of life may be heard.
    }
    if (this.snapshot.pair === pair) this.signLater(held);
  }

  private async lose({ message }: Refused): Promise<void> {
    this.show({ pair: null, read: false, choice: null, notice: { kind: "lost", message } });
    this.signLater(null);
    await this.take();
  }

  // --- what somebody does ------------------------------------------------------------------------
  /** Whether there was a pair to choose of. */
  choose(choice: Choice): boolean {
    const { pair, saving, notice } = this.snapshot;
    if (!pair || saving) return false;
    this.show({ choice });
    if (notice?.kind === "unsaved") {
      // It is not what was confirmed any more: it is confirmed anew.
      this.retry.cancel();
      this.show({ notice: null });
    }
    return true;
  }

  /** What is missing before it can be sent; null: it is on its way. */
  confirm(): "pair" | "choice" | null {
    const { pair, choice, saving } = this.snapshot;
    if (!pair || saving) return "pair";
    if (choice === null) return "choice";
    this.show({ pair: null, choice: null, coming: `${CHOICE_WORDS[choice]}.` });
    void this.send(pair, choice);
    return null;
  }

  private async send(pair: Pair, choice: Choice): Promise<void> {
    const { notice } = this.snapshot;
    this.retry.cancel();
    this.signLater(null);
    // What could not be stored stays said until it is.
    this.show({ saving: true, notice: notice?.kind === "unsaved" ? notice : null });
    try {
      const next = await this.server.choose({ ...whichOf(pair), choice });
      this.reachedAgain();
      this.show({ saving: false, notice: null });
      if (!this.comparing) return;
      this.showPair(next);
      const after = next.pair ? newPair(next.progress) : "Nothing is left.";
      this.say(`${CHOICE_WORDS[choice]}: saved. ${after}`);
    } catch (error) {
      if (!this.comparing) return;
      this.show({ saving: false, pair, coming: null, choice });
      this.signLater(pair);
      if (isLost(error)) await this.lose(error);
      else if (error instanceof Refused && !isSignedOut(error)) {
        this.show({ notice: { kind: "refused", message: error.message } });
      } else this.unsaved(error, () => void this.send(pair, choice));
    }
  }

  /** Try again now what could not be stored. */
  retryNow(): void {
    this.retry.now();
  }

  dismissNotice(): void {
    this.show({ notice: null });
  }

  // --- when the server is not reached ------------------------------------------------------------
  private unsaved(error: unknown, again: () => void): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!isSignedOut(error)) this.show({ notice: { kind: "unsaved", message } });
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

  private show(change: Partial<CompareSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener();
  }
}

function whichOf({ version, pair_id }: Pair): WhichPair {
  return { version, pair_id };
}

function isSame(one: Pair, other: Pair): boolean {
  return one.version === other.version && one.pair_id === other.pair_id;
}

/** The pair is not this person's any more, or is not compared any more. */
function isLost(error: unknown): error is Refused {
  return error instanceof Refused && (error.status === 409 || error.status === 404);
}

function newPair({ done, pairs }: Schemas["CompareProgress"]): string {
  const left = pairs - done;
  return left > 1 ? `New pair, ${left} left.` : "New pair, the last one.";
}
