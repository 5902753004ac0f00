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

type Keystroke = Pick<
  KeyboardEvent,
  "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "repeat" | "isComposing"
>;

/**
 * What a keystroke asks for, where nothing is typed. A key that is held down asks once. Letters are
 * meant as they are written, digits and letters of other scripts by the key's place.
 */
export function actionOf(stroke: Keystroke, single_keys: boolean): KeyAction | null {
  if (stroke.repeat || stroke.isComposing) return null;
  if (stroke.altKey || stroke.ctrlKey || stroke.metaKey) return null;
  if (stroke.key === "Enter") return stroke.shiftKey ? null : "confirm";
  if (!single_keys) return null;
  if (stroke.key === "?") return "help";
  const digit =
    /^[1-5]$/.exec(stroke.key)?.[0] ?? /^(?:Digit|Numpad)([1-5])$/.exec(stroke.code)?.[1];
  if (digit) return { choose: Number(digit) };
  if (stroke.shiftKey) return null;
  const latin = /^[a-z]$/i.test(stroke.key);
  const letter = latin ? stroke.key : /^Key([A-Z])$/.exec(stroke.code)?.[1];
  return (letter && LETTERS[letter.toLowerCase()]) || null;
}

const TYPED_INTO = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const PRESSED = "button, a[href], summary, input[type=checkbox], [role=button], [role=menuitem]";

/** Whether the keystrokes of what has the focus are letters of a text. */
export function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED_INTO) !== null;
}

/** Whether Enter does something of its own there. */
export function isPressed(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(PRESSED) !== null;
}

export const KEY_LIST: readonly { keys: string; what: string; single: boolean }[] = [
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
