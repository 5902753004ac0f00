import { useEffect } from "react";
import type { Place } from "./top_bar";

/** The window's title says from afar how many wait. */
export function usePageTitle(place: Place, waiting: number): void {
  useEffect(() => {
    const name = place === "overview" ? "Overview" : "Desk";
    document.title = waiting ? `(${waiting}) ${name}` : name;
  }, [place, waiting]);
}
