export type Keystroke = Pick<
  KeyboardEvent,
  "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "repeat" | "isComposing"
>;

/** Whether it is one key alone, pressed anew: a key that is held down asks once. */
export function isSingle(stroke: Keystroke): boolean {
  if (stroke.repeat || stroke.isComposing) return false;
  return !(stroke.altKey || stroke.ctrlKey || stroke.metaKey);
}

/** The digit of a keystroke, as it is written or by the key's place; null: it is none. */
export function digitOf({ key, code }: Keystroke): number | null {
  const digit = /^\d$/.exec(key)?.[0] ?? /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  return digit === undefined ? null : Number(digit);
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
