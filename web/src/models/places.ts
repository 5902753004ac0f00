import { goTo as goToPath, pathNow, useAddress } from "../shared/address";

export type Place = "models" | "compare";

export const PATHS: Record<Place, string> = {
  models: "/models",
  compare: "/models/compare",
};

export const TITLES: Record<Place, string> = { models: "Models", compare: "Compare" };

export const PLACES = Object.keys(PATHS) as Place[];

/** Which of the models' addresses is shown. */
export function usePlace(): Place {
  return useAddress(placeNow);
}

function placeNow(): Place {
  return pathNow() === PATHS.compare ? "compare" : "models";
}

/**
 * The version whose details are shown, by its number; null: all of them. It stands in the address's
 * query, so that the same file is served for each.
 */
export function useVersion(): number | null {
  const given = useAddress(() => new URLSearchParams(location.search).get("version"));
  return given && /^[1-9]\d{0,8}$/.test(given) ? Number(given) : null;
}

export function addressOf(version: number): string {
  return PATHS.models + searchFor(version);
}

/** Go to another address without loading the page again. */
export function goTo(place: Place): void {
  goToPath(PATHS[place]);
}

export function goToVersion(version: number): void {
  goToPath(PATHS.models, searchFor(version));
}

function searchFor(version: number): string {
  return `?version=${version}`;
}
