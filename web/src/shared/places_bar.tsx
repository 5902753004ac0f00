import "./places_bar.css";
import { useEffect, useRef } from "react";
import { goTo } from "./address";

export interface PlaceLink {
  path: string;
  title: string;
  current: boolean;
}

interface PlacesBarProps {
  /** What they are the places of. */
  label: string;
  places: readonly PlaceLink[];
}

/** The addresses that a page has, beside each other. */
export default function PlacesBar({ label, places }: PlacesBarProps) {
  const bar = useRef<HTMLElement>(null);
  const current = places.find((place) => place.current)?.path;
  // On a phone there is no room for all of them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it is another one
  useEffect(() => {
    const link = bar.current?.querySelector("[aria-current]");
    link?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav className="places-bar" aria-label={label} ref={bar}>
      {places.map(({ path, title }) => (
        <a
          key={path}
          href={path}
          aria-current={path === current ? "page" : undefined}
          onClick={(event) => {
            // A new window is the browser's to open.
            if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
            event.preventDefault();
            goTo(path);
          }}
        >
          {title}
        </a>
      ))}
    </nav>
  );
}
