import Alert from "@cloudscape-design/components/alert";
import { useEffect, useRef } from "react";
import type { Said } from "./deed_words";

/** What was just done. Whoever did it with a button that is gone by now goes on here. */
export default function Done({ said, onDismiss }: { said: Said; onDismiss: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever something else was done
  useEffect(() => {
    // The dialog gives the focus back first.
    const frame = requestAnimationFrame(() => {
      if (document.activeElement === document.body) place.current?.focus();
    });
    return () => cancelAnimationFrame(frame);
  }, [said]);
  return (
    <div ref={place} tabIndex={-1} className="done">
      <Alert type={said.complete ? "success" : "info"} dismissible onDismiss={onDismiss}>
        {said.words}
      </Alert>
    </div>
  );
}
