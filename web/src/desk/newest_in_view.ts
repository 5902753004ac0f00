import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** So close to the end counts as being there. */
const NEAR_PX = 48;

/**
 * Keeps the end of a scrolling list in view while the reader is there; a reader who looks back is
 * not moved, but told that something has come (`behind`).
 */
export function useNewestInView(
  list: RefObject<HTMLElement | null>,
  count: number,
): { behind: boolean; onScroll: () => void; toNewest: () => void } {
  const there = useRef(true);
  const [behind, setBehind] = useState(false);
  const toNewest = useCallback(() => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
    there.current = true;
    setBehind(false);
  }, [list]);
  const onScroll = useCallback(() => {
    const element = list.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    there.current = below < NEAR_PX;
    if (there.current) setBehind(false);
  }, [list]);
  // The place becomes smaller when a composer appears below it.
  useLayoutEffect(() => {
    const element = list.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      if (there.current) toNewest();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [list, toNewest]);
  useLayoutEffect(() => {
    if (count === 0) return;
    if (there.current) toNewest();
    else setBehind(true);
  }, [count, toNewest]);
  return { behind, onScroll, toNewest };
}
