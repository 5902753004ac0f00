import { useState, useSyncExternalStore } from "react";
import { StoredSwitch } from "./stored_switch";

/** Whether keys do something by themselves, without Ctrl or the like: one choice for all pages. */
export function useSingleKeys(): [on: boolean, toggle: () => void] {
  const [kept] = useState(() => new StoredSwitch(localStorage, "tandem.review.keys"));
  return [useSyncExternalStore(kept.subscribe, kept.isOn), () => kept.toggle()];
}
