import { useSyncExternalStore } from "react";

const EVERY_MS = 1_000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const tell of listeners) tell();
    }, EVERY_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

function current(): number {
  // While nobody listened, it stood still.
  if (listeners.size === 0 && Date.now() - now >= EVERY_MS) now = Date.now();
  return now;
}

/** Milliseconds by this page's clock, moving each second: one timer for all that ticks. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current);
}
