const FROM_MS = 2_000;
const UP_TO_MS = 30_000;

/** One thing that did not work, tried again by itself, later each time. */
export class Retry {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause_ms = FROM_MS;
  private again: (() => void) | null = null;

  get waits(): boolean {
    return this.again !== null;
  }

  /** `by_itself` false: only upon `now`. */
  later(again: () => void, by_itself = true): void {
    clearTimeout(this.timer);
    this.again = again;
    if (!by_itself) return;
    this.timer = setTimeout(() => this.now(), this.pause_ms);
    this.pause_ms = Math.min(this.pause_ms * 2, UP_TO_MS);
  }

  now(): void {
    const { again } = this;
    this.cancel();
    again?.();
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.again = null;
  }

  /** It works again: the next pause is a short one. */
  worked(): void {
    this.pause_ms = FROM_MS;
  }
}
