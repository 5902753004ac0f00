import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

function tell(): void {
  for (const listener of listeners) listener();
}

/** Something that the page's address says. `read` gives the same for the same address. */
export function useAddress<T extends string | null>(read: () => T): T {
  return useSyncExternalStore(subscribe, read);
}

/** The address's path, without a slash at its end. */
export function pathNow(): string {
  return location.pathname.replace(/\/$/, "");
}

/** Go to another address of this page without loading it again. */
export function goTo(path: string, search = ""): void {
  if (pathNow() === path && location.search === search) return;
  history.pushState(null, "", path + search);
  tell();
}

/** A choice on a page, such as which list of it is shown, kept in its address. */
export function useChoice<T extends string>(
  name: string,
  among: readonly [T, ...T[]],
): [T, (choice: T) => void] {
  const given = useAddress(() => new URLSearchParams(location.search).get(name));
  const choice = among.find((one) => one === given) ?? among[0];
  const choose = (next: T) => {
    const query = next === among[0] ? "" : `?${new URLSearchParams({ [name]: next })}`;
    history.replaceState(history.state, "", location.pathname + query);
    tell();
  };
  return [choice, choose];
}
