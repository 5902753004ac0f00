import { useSyncExternalStore } from "react";
import type { Place } from "./top_bar";

const PATHS: Record<Place, string> = { desk: "/desk", overview: "/desk/overview" };

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

/** Which of the desk's two addresses is shown. */
export function usePlace(): Place {
  return useSyncExternalStore(subscribe, placeOf);
}

function placeOf(): Place {
  return location.pathname.replace(/\/$/, "") === PATHS.overview ? "overview" : "desk";
}

/** Go to the other address without loading the page again: conversations stay held. */
export function goTo(place: Place): void {
  if (placeOf() === place) return;
  history.pushState(null, "", PATHS[place]);
  for (const listener of listeners) listener();
}

/** Keep in the address what a reload needs; the way back is not made longer by it. */
export function keepInAddress(search: string): void {
  if (location.search !== search)
    history.replaceState(history.state, "", location.pathname + search);
}
