import { useCallback, useEffect, useRef, useState } from "react";
import { Refused } from "../live/http";
import { isSignedOut } from "../live/signed_in_server";

export interface Reading<T> {
  /** Null until it was read for the first time; while it is read again, what was there before. */
  value: T | null;
  /** When `value` was read. */
  at: Date | null;
  reading: boolean;
  /** Why the last attempt failed. */
  failure: string | null;
  again: () => void;
  /** Put what is known to have changed in its place, without reading. */
  put: (change: (value: T) => T) => void;
}

/** Something that is read when it is shown, and again upon `again`. `read` must stay the same. */
export function useReading<T>(read: () => Promise<T>): Reading<T> {
  const [found, setFound] = useState<{ value: T; at: Date } | null>(null);
  const [reading, setReading] = useState(true);
  const [failure, setFailure] = useState<string | null>(null);
  const latest = useRef(0);

  const again = useCallback(async () => {
    const attempt = ++latest.current;
    setReading(true);
    try {
      const value = await read();
      if (attempt !== latest.current) return;
      setFound({ value, at: new Date() });
      setFailure(null);
    } catch (error) {
      if (attempt !== latest.current) return;
      if (!isSignedOut(error)) setFailure(problemOf(error));
    }
    setReading(false);
  }, [read]);

  useEffect(() => {
    void again();
    const back = () => void again();
    addEventListener("online", back);
    return () => {
      latest.current++;
      removeEventListener("online", back);
    };
  }, [again]);

  const put = useCallback((change: (value: T) => T) => {
    setFound((before) => before && { ...before, value: change(before.value) });
  }, []);
  const { value, at } = found ?? { value: null, at: null };
  return { value, at, reading, failure, again: () => void again(), put };
}

/** Read again every so often while the page can be seen, and when it is again; null: not by itself. */
export function useAgainEvery(ms: number | null, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (ms === null) return;
    const look = () => {
      if (document.visibilityState === "visible") latest.current();
    };
    const timer = setInterval(look, ms);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [ms]);
}

export function problemOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  return error instanceof Error ? error.message : String(error);
}
