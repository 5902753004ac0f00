import { goTo as goToPath, pathNow, useAddress } from "../shared/address";
import type { Place } from "./top_bar";

const PATHS: Record<Place, string> = { desk: "/desk", overview: "/desk/overview" };

/** Which of the desk's two addresses is shown. */
export function usePlace(): Place {
  return useAddress(placeNow);
}

function placeNow(): Place {
  return pathNow() === PATHS.overview ? "overview" : "desk";
}

/** Go to the other address without loading the page again: conversations stay held. */
export function goTo(place: Place): void {
  if (placeNow() !== place) goToPath(PATHS[place]);
}

/** Keep in the address what a reload needs; the way back is not made longer by it. */
export function keepInAddress(search: string): void {
  if (location.search !== search)
    history.replaceState(history.state, "", location.pathname + search);
}
