export type Action =
  | "queue"
  | "message"
  | "take_over"
  | "replies"
  | "close_column"
  | "sound"
  | { column: number };

export interface Shortcut {
  keys: string;
  what: string;
}

/** By the key's place, so that a keyboard's language does not matter. */
const KEYS: Record<string, Action> = {
  KeyQ: "queue",
  KeyM: "message",
  KeyO: "take_over",
  KeyR: "replies",
  KeyX: "close_column",
  KeyU: "sound",
};

type Keystroke = Pick<
  KeyboardEvent,
  "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "getModifierState"
>;

/**
 * What a keystroke asks for. Alt with a letter; on Apple's keyboards, where Option writes signs,
 * Ctrl and Option. AltGr, which many languages write with, is none of both.
 */
export function actionOf(keystroke: Keystroke, apple: boolean): Action | null {
  const held = keystroke.altKey && keystroke.ctrlKey === apple;
  if (!held || keystroke.metaKey || keystroke.shiftKey) return null;
  if (keystroke.getModifierState("AltGraph")) return null;
  const digit = /^Digit([1-9])$/.exec(keystroke.code)?.[1];
  if (digit) return { column: Number(digit) };
  return KEYS[keystroke.code] ?? null;
}

/** Whether a keystroke in the message field sends: Enter alone makes a new line. */
export function sends(keystroke: { key: string; ctrlKey: boolean; metaKey: boolean }): boolean {
  return keystroke.key === "Enter" && (keystroke.ctrlKey || keystroke.metaKey);
}

export function sendKeys(apple: boolean): string {
  return apple ? "⌘ Enter" : "Ctrl+Enter";
}

export function shortcutList(apple: boolean): readonly Shortcut[] {
  const held = apple ? "Ctrl+Option+" : "Alt+";
  return [
    { keys: sendKeys(apple), what: "Send the message (Enter makes a new line)" },
    { keys: `${held}Q`, what: "Go to the queue; ↑ and ↓ move in it" },
    { keys: `${held}1 … 9`, what: "Go to the conversation at this place" },
    { keys: `${held}O`, what: "Take over the conversation you are in" },
    { keys: `${held}M`, what: "Go to its message field" },
    { keys: `${held}R`, what: "Insert a canned reply" },
    { keys: `${held}X`, what: "Close its column" },
    { keys: `${held}U`, what: "Sound on or off" },
  ];
}

export function isApple(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform);
}
