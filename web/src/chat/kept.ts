type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/**
 * The browser's storage, or this page's memory where the browser allows none (a frame of another
 * site, a private window) or has no room left.
 */
export function kept(storage: () => Storage): Kept {
  const memory = new Map<string, string>();
  const tried = <T>(action: (storage: Storage) => T, otherwise: T): T => {
    try {
      return action(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    getItem: (key) => memory.get(key) ?? tried((place) => place.getItem(key), null),
    setItem: (key, value) => {
      const stored = tried((place) => {
        place.setItem(key, value);
        return true;
      }, false);
      if (stored) memory.delete(key);
      else memory.set(key, value);
    },
    removeItem: (key) => {
      memory.delete(key);
      tried((place) => place.removeItem(key), undefined);
    },
  };
}
