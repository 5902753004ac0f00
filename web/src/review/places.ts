import { useSyncExternalStore } from "react";

export type Place = "rate" | "overview" | "disagreements" | "articles" | "withdrawals";

export const PATHS: Record<Place, string> = {
  rate: "/review",
  overview: "/review/overview",
  disagreements: "/review/disagreements",
  articles: "/review/articles",
  withdrawals: "/review/withdrawals",
};

export const TITLES: Record<Place, string> = {
  rate: "Rate",
  overview: "Overview",
  disagreements: "To decide",
  articles: "Articles",
  withdrawals: "Withdrawals",
};

export const PLACES = Object.keys(PATHS) as Place[];

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

/** Which of the review's addresses is shown. */
export function usePlace(): Place {
  return useSyncExternalStore(subscribe, placeOf);
}

function placeOf(): Place {
  const path = location.pathname.replace(/\/$/, "");
  return PLACES.find((place) => PATHS[place] === path) ?? "rate";
}

/** Go to another address without loading the page again. */
export function goTo(place: Place, search = ""): void {
  if (placeOf() === place && location.search === search) return;
  history.pushState(null, "", PATHS[place] + search);
  for (const listener of listeners) listener();
}

/** A choice on a page, such as which list of it is shown, kept in its address. */
export function useChoice<T extends string>(
  name: string,
  among: readonly [T, ...T[]],
): [T, (choice: T) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const given = new URLSearchParams(search).get(name);
  const choice = among.find((one) => one === given) ?? among[0];
  const choose = (next: T) => {
    const query = next === among[0] ? "" : `?${new URLSearchParams({ [name]: next })}`;
    history.replaceState(history.state, "", location.pathname + query);
    for (const listener of listeners) listener();
  };
  return [choice, choose];
}
