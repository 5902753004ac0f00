import { goTo as goToPath, pathNow, useAddress } from "../shared/address";

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

/** Which of the review's addresses is shown. */
export function usePlace(): Place {
  return useAddress(placeNow);
}

function placeNow(): Place {
  const path = pathNow();
  return PLACES.find((place) => PATHS[place] === path) ?? "rate";
}

/** Go to another address without loading the page again. */
export function goTo(place: Place, search = ""): void {
  goToPath(PATHS[place], search);
}
