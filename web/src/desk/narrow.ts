import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 56rem)";

function media(): MediaQueryList | undefined {
  return typeof matchMedia === "function" ? matchMedia(NARROW) : undefined;
}

function subscribe(listener: () => void): () => void {
  const query = media();
  query?.addEventListener("change", listener);
  return () => query?.removeEventListener("change", listener);
}

/** Whether there is room for one thing at a time only. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => media()?.matches ?? false);
}
