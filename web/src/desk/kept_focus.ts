import { type RefObject, useEffect, useRef } from "react";

/**
 * When what had the focus in `place` goes (a button that decided its own end, a composer that is
 * locked), the focus goes to `instead`, not to the beginning of the page.
 */
export function useKeptFocus(
  place: RefObject<HTMLElement | null>,
  instead: RefObject<HTMLElement | null>,
): void {
  const last = useRef<Element | null>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const remember = ({ target }: FocusEvent) => {
      last.current = target instanceof Element ? target : null;
    };
    element.addEventListener("focusin", remember);
    return () => element.removeEventListener("focusin", remember);
  }, [place]);
  // After each change of what stands there: browsers tell nobody that the focus is gone.
  useEffect(() => {
    if (!last.current || last.current.isConnected) return;
    if (document.activeElement && document.activeElement !== document.body) return;
    last.current = null;
    instead.current?.focus();
  });
}
