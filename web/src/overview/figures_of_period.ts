import { useCallback, useEffect, useRef, useState } from "react";
import { type Api, answer, Refused, type Schemas } from "../live/http";
import { type Period, type PeriodName, periodOf } from "./period";

const REFRESH_MS = 60_000;

/** The figures of a period, as they were at `at`. */
export interface Figures {
  name: PeriodName;
  period: Period;
  overview: Schemas["Overview"];
  at: Date;
  /** The reader asked for them: by opening the page, choosing a period, or the button. */
  asked: boolean;
}

export interface FiguresOfPeriod {
  /** Null until the first answer for this period. */
  figures: Figures | null;
  /** What the reader asked for is on its way; refreshing by itself is not told. */
  loading: boolean;
  /** Why the last attempt failed; `figures` are then those of before. */
  failure: Error | null;
  refresh: () => void;
}

interface Attempt {
  name: PeriodName;
  figures: Figures | null;
  loading: boolean;
  failure: Error | null;
}

/**
 * The figures of a period, asked again each minute while the page is visible, at once when it
 * becomes visible or reachable again, and on `refresh`. What the period means is decided at each
 * attempt, so that after midnight “today” is the new day.
 */
export function useFiguresOfPeriod(api: Api, name: PeriodName): FiguresOfPeriod {
  const [attempt, setAttempt] = useState<Attempt>(() => begun(name));
  const load = useRef<(asked: boolean) => void>(() => {});

  useEffect(() => {
    let request = new AbortController();
    let triedAt = 0;
    let forbidden = false;

    load.current = async (asked) => {
      request.abort();
      request = new AbortController();
      const { signal } = request;
      const now = new Date();
      triedAt = now.getTime();
      const period = periodOf(name, now);
      setAttempt((before) =>
        before.name === name ? { ...before, loading: before.loading || asked } : begun(name),
      );
      try {
        const query = { from: period.from.toISOString(), to: period.to.toISOString() };
        const answered = await answer(api.GET("/desk/overview", { params: { query }, signal }));
        if (signal.aborted) return;
        // openapi-fetch's types forget the length of a tuple (the five stars).
        const overview = answered as Schemas["Overview"];
        const figures = { name, period, overview, at: new Date(), asked };
        setAttempt({ name, figures, loading: false, failure: null });
      } catch (error) {
        if (signal.aborted) return;
        const failure = error instanceof Error ? error : new Error(String(error));
        forbidden = isForbidden(failure);
        setAttempt((before) => ({
          name,
          figures: before.name === name && !forbidden ? before.figures : null,
          loading: false,
          failure,
        }));
      }
    };

    const loadAgain = () => {
      if (document.visibilityState === "visible" && !forbidden) load.current(false);
    };
    const shown = () => {
      if (Date.now() - triedAt >= REFRESH_MS) loadAgain();
    };

    load.current(true);
    const timer = setInterval(loadAgain, REFRESH_MS);
    document.addEventListener("visibilitychange", shown);
    window.addEventListener("online", loadAgain);
    return () => {
      request.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", shown);
      window.removeEventListener("online", loadAgain);
    };
  }, [api, name]);

  const refresh = useCallback(() => load.current(true), []);
  const { figures, loading, failure } = attempt.name === name ? attempt : begun(name);
  return { figures, loading, failure, refresh };
}

/** The server knows who asks, and that they may not see this. */
export function isForbidden(failure: Error): boolean {
  return failure instanceof Refused && failure.status === 403 && failure.code === "access_denied";
}

function begun(name: PeriodName): Attempt {
  return { name, figures: null, loading: true, failure: null };
}
