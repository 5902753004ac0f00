import { useCallback, useEffect, useRef, useState } from "react";
import { problemOf, type Reading, useReading } from "../../shared/reading";

/** A piece of a list, and where it goes on; null: nowhere. */
export interface Piece<T> {
  items: readonly T[];
  next: string | null;
}

export interface Listing<P> extends Reading<P> {
  more: () => void;
  reading_more: boolean;
  /** Why the last attempt to read more failed. */
  more_failure: string | null;
}

/**
 * A list that is read piece by piece. Read again, it is as long as it was. `read` and `key` must stay
 * the same as long as it is the same list.
 */
export function useListing<T, P extends Piece<T>>(
  read: (after?: string) => Promise<P>,
  key: (item: T) => string,
): Listing<P> {
  const shown = useRef(0);
  const latest = useRef(read);
  if (latest.current !== read) {
    latest.current = read;
    shown.current = 0;
  }
  const reading = useReading(
    useCallback(async () => {
      let list = await read();
      while (list.next && list.items.length < shown.current) {
        list = joined(list, await read(list.next), key);
      }
      return list;
    }, [read, key]),
  );
  const { value, put } = reading;
  useEffect(() => {
    shown.current = value?.items.length ?? 0;
  }, [value]);

  const [attempt, setAttempt] = useState<{ busy: boolean; failure: string | null }>(NONE);
  const more = async () => {
    if (!value?.next || attempt.busy) return;
    setAttempt({ busy: true, failure: null });
    try {
      const piece = await read(value.next);
      if (latest.current === read) put((before) => joined(before, piece, key));
      setAttempt(NONE);
    } catch (error) {
      setAttempt({ busy: false, failure: problemOf(error) });
    }
  };
  return {
    ...reading,
    more: () => void more(),
    reading_more: attempt.busy,
    more_failure: attempt.failure,
  };
}

const NONE = { busy: false, failure: null };

function joined<T, P extends Piece<T>>(list: P, piece: P, key: (item: T) => string): P {
  const known = new Set(list.items.map(key));
  const added = piece.items.filter((item) => !known.has(key(item)));
  return { ...list, items: [...list.items, ...added], next: piece.next };
}
