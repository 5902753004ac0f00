import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Nearer to the end than this, the reader follows what comes. */
const NEAR_END_PX = 64;

interface Following {
  /** Something new stands below what the reader sees. */
  missed: boolean;
  toEnd: () => void;
}

/**
 * Keeps the end of a scrolling element in view while the reader is there, and leaves it alone while
 * they read further up. `newest` names what stands last; `own`: it is the reader's own, and they
 * want to see it wherever they are.
 */
export function useFollowNewest(
  scroller: RefObject<HTMLElement | null>,
  newest: string | undefined,
  own: boolean,
): Following {
  const atEnd = useRef(true);
  const [missed, setMissed] = useState(false);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    atEnd.current = true;
    setMissed(false);
  }, [scroller]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      const below = element.scrollHeight - element.clientHeight - element.scrollTop;
      atEnd.current = below < NEAR_END_PX;
      if (atEnd.current) setMissed(false);
    };
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [scroller]);

  // What is inside grows by itself, too: an answer that streams, Markdown that is loaded.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [scroller, toEnd]);

  useLayoutEffect(() => {
    if (newest === undefined || atEnd.current || own) toEnd();
    else setMissed(true);
  }, [newest, own, toEnd]);

  return { missed, toEnd };
}
