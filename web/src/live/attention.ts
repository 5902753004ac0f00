/** Signs that somebody is there. */
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "focus"] as const;

/**
 * Whether somebody is before the page: it can be seen, and there was a sign of them within
 * `away_after_ms`. Also how long they have looked at something.
 */
export class Attention {
  private seen_at: number;
  private looked_ms = 0;
  private looking_since: number | null = null;
  private stop_listening: (() => void) | null = null;

  constructor(
    private readonly away_after_ms: number,
    private readonly now: () => number = Date.now,
  ) {
    this.seen_at = now();
  }

  get present(): boolean {
    return visible() && this.now() - this.seen_at < this.away_after_ms;
  }

  /** Begin to listen; `onBack` is called when they are back after they were away. */
  start(onBack: () => void): void {
    this.seen_at = this.now();
    const sign = () => {
      const was_away = this.now() - this.seen_at >= this.away_after_ms;
      this.seen_at = this.now();
      if (was_away && visible()) onBack();
    };
    const turn = () => {
      if (visible()) {
        if (this.looking_since === null) this.looking_since = this.now();
        this.seen_at = this.now();
        onBack();
      } else {
        this.looked_ms += this.since();
        this.looking_since = null;
      }
    };
    for (const name of SIGNS) addEventListener(name, sign, { capture: true, passive: true });
    document.addEventListener("visibilitychange", turn);
    this.stop_listening = () => {
      for (const name of SIGNS) removeEventListener(name, sign, { capture: true });
      document.removeEventListener("visibilitychange", turn);
    };
  }

  stop(): void {
    this.stop_listening?.();
    this.stop_listening = null;
  }

  /** From now on, count how long they look. */
  look(): void {
    this.looked_ms = 0;
    this.looking_since = visible() ? this.now() : null;
  }

  /** Seconds since `look`, without the time in which the page was hidden. */
  get looked_seconds(): number {
    return (this.looked_ms + this.since()) / 1000;
  }

  private since(): number {
    return this.looking_since === null ? 0 : this.now() - this.looking_since;
  }
}

function visible(): boolean {
  return document.visibilityState === "visible";
}
