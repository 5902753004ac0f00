import { useCallback, useSyncExternalStore } from "react";
import { PERIOD_NAMES, type PeriodName } from "./period";

const PARAMETER = "period";
const CHOSEN = "tandem:period";

/** The period that the page's address names (`?period=7d`); today without one, or an unknown one. */
export function usePeriodInAddress(): [PeriodName, (name: PeriodName) => void] {
  const name = useSyncExternalStore(subscribe, readPeriod);
  const choose = useCallback((chosen: PeriodName) => {
    const address = new URL(location.href);
    address.searchParams.set(PARAMETER, chosen);
    // Replaced: “back” leads out of the overview, not through every period looked at.
    history.replaceState(history.state, "", address);
    window.dispatchEvent(new Event(CHOSEN));
  }, []);
  return [name, choose];
}

function readPeriod(): PeriodName {
  const written = new URLSearchParams(location.search).get(PARAMETER);
  return PERIOD_NAMES.find((name) => name === written) ?? "today";
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("popstate", changed);
  window.addEventListener(CHOSEN, changed);
  return () => {
    window.removeEventListener("popstate", changed);
    window.removeEventListener(CHOSEN, changed);
  };
}
