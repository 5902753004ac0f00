import "./places_bar.css";
import { useEffect, useRef } from "react";
import { goTo, PATHS, PLACES, type Place, TITLES } from "./places";

/** The pages of a lead. */
export default function PlacesBar({ place }: { place: Place }) {
  const bar = useRef<HTMLElement>(null);
  // On a phone there is no room for all of them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it is another one
  useEffect(() => {
    const current = bar.current?.querySelector("[aria-current]");
    current?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, [place]);
  return (
    <nav className="places-bar" aria-label="Review" ref={bar}>
      {PLACES.map((one) => (
        <a
          key={one}
          href={PATHS[one]}
          aria-current={one === place ? "page" : undefined}
          onClick={(event) => {
            // A new window is the browser's to open.
            if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
            event.preventDefault();
            goTo(one);
          }}
        >
          {TITLES[one]}
        </a>
      ))}
    </nav>
  );
}
