import type { Choice } from "../../live/compare_snapshot";
import type { Key } from "../../shared/keys_help";
import { digitOf, isSingle, type Keystroke } from "../../shared/keystroke";

export type KeyAction = { choose: Choice } | "confirm" | "help";

/** By their digits, in the order in which they are shown. */
export const CHOICES = ["first", "second", "same"] as const satisfies readonly Choice[];

/** What a keystroke asks for; 0 is no difference, as is 3. */
export function actionOf(stroke: Keystroke, single_keys: boolean): KeyAction | null {
  if (!isSingle(stroke)) return null;
  if (stroke.key === "Enter") return stroke.shiftKey ? null : "confirm";
  if (!single_keys) return null;
  if (stroke.key === "?") return "help";
  const digit = digitOf(stroke);
  const choice = digit === 0 ? "same" : CHOICES[(digit ?? 0) - 1];
  return choice ? { choose: choice } : null;
}

export const KEY_LIST: readonly Key[] = [
  { keys: "1", what: "Answer 1 is better", single: true },
  { keys: "2", what: "Answer 2 is better", single: true },
  { keys: "3 or 0", what: "No difference", single: true },
  { keys: "Enter", what: "Confirm what is chosen", single: false },
  { keys: "Esc", what: "Back to the answers", single: false },
  { keys: "?", what: "These keys", single: true },
];
