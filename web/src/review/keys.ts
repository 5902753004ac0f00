import type { Key } from "../shared/keys_help";
import { digitOf, isSingle, type Keystroke } from "../shared/keystroke";

export type KeyAction =
  | { choose: number }
  | "confirm"
  | "undo"
  | "skip"
  | "flag"
  | "better_answer"
  | "reason"
  | "guidance"
  | "help";

const LETTERS: Record<string, KeyAction> = {
  u: "undo",
  s: "skip",
  f: "flag",
  b: "better_answer",
  r: "reason",
  i: "guidance",
};

/**
 * What a keystroke asks for, where nothing is typed. Letters are
 * meant as they are written, digits and letters of other scripts by the key's place.
 */
export function actionOf(stroke: Keystroke, single_keys: boolean): KeyAction | null {
  if (!isSingle(stroke)) return null;
  if (stroke.key === "Enter") return stroke.shiftKey ? null : "confirm";
  if (!single_keys) return null;
  if (stroke.key === "?") return "help";
  const digit = digitOf(stroke);
  if (digit !== null) return digit >= 1 && digit <= 5 ? { choose: digit } : null;
  if (stroke.shiftKey) return null;
  const latin = /^[a-z]$/i.test(stroke.key);
  const letter = latin ? stroke.key : /^Key([A-Z])$/.exec(stroke.code)?.[1];
  return (letter && LETTERS[letter.toLowerCase()]) || null;
}

export const KEY_LIST: readonly Key[] = [
  { keys: "1 … 5", what: "Choose a rating", single: true },
  {
    keys: "Enter",
    what: "Confirm; where a reason is needed, go to it, and confirm there",
    single: false,
  },
  { keys: "U", what: "Undo the last rating or skip", single: true },
  { keys: "S", what: "Skip, with a reason", single: true },
  { keys: "F", what: "Flag for a lead, with a reason", single: true },
  { keys: "R", what: "Give a reason", single: true },
  { keys: "B", what: "Write a better answer (Ctrl+Enter or ⌘ Enter confirms there)", single: true },
  { keys: "I", what: "Show or fold the instructions", single: true },
  { keys: "Esc", what: "Leave a field, back to the item", single: false },
  { keys: "?", what: "These keys", single: true },
];
