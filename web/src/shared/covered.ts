import { createContext, useContext } from "react";

/** Whether the page is covered by the sign-in: dialogs, which lie above everything, step back. */
export const Covered = createContext(false);

export function useCovered(): boolean {
  return useContext(Covered);
}
