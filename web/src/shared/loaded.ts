import { useCallback, useEffect, useState } from "react";

export type Loaded<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "failed"; problem: string };

/** Something that is read from the server when it is shown, and again upon `again`. */
export function useLoaded<T>(load: () => Promise<T>): { loaded: Loaded<T>; again: () => void } {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt reads again
  useEffect(() => {
    let wanted = true;
    setLoaded({ state: "loading" });
    load().then(
      (value) => wanted && setLoaded({ state: "ready", value }),
      (error) => {
        const problem = error instanceof Error ? error.message : String(error);
        if (wanted) setLoaded({ state: "failed", problem });
      },
    );
    return () => {
      wanted = false;
    };
  }, [load, attempt]);
  const again = useCallback(() => setAttempt((before) => before + 1), []);
  return { loaded, again };
}
