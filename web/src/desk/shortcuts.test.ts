import { describe, expect, it } from "vitest";
import { actionOf, sends, shortcutList } from "./shortcuts";

function keystroke(code: string, held: readonly string[]) {
  return {
    code,
    altKey: held.includes("alt"),
    ctrlKey: held.includes("ctrl"),
    metaKey: held.includes("meta"),
    shiftKey: held.includes("shift"),
    getModifierState: (name: string) => name === "AltGraph" && held.includes("altgr"),
  };
}

describe("a shortcut", () => {
  it("is Alt with a key, by the key's place", () => {
    expect(actionOf(keystroke("KeyQ", ["alt"]), false)).toBe("queue");
    expect(actionOf(keystroke("Digit3", ["alt"]), false)).toEqual({ column: 3 });
  });

  it("is Ctrl and Option on Apple's keyboards, where Option writes signs", () => {
    expect(actionOf(keystroke("KeyQ", ["alt"]), true)).toBeNull();
    expect(actionOf(keystroke("KeyQ", ["alt", "ctrl"]), true)).toBe("queue");
  });

  it("is nothing that writes: AltGr, Shift, no key at all", () => {
    expect(actionOf(keystroke("KeyQ", ["alt", "ctrl", "altgr"]), false)).toBeNull();
    expect(actionOf(keystroke("KeyQ", ["alt", "altgr"]), false)).toBeNull();
    expect(actionOf(keystroke("KeyQ", ["alt", "shift"]), false)).toBeNull();
    expect(actionOf(keystroke("KeyQ", []), false)).toBeNull();
    expect(actionOf(keystroke("KeyZ", ["alt"]), false)).toBeNull();
  });

  it("is listed for whoever asks", () => {
    expect(shortcutList(false).map(({ keys }) => keys)).toContain("Alt+O");
    expect(shortcutList(true).map(({ keys }) => keys)).toContain("Ctrl+Option+O");
  });
});

it("Enter alone sends nothing", () => {
  expect(sends({ key: "Enter", ctrlKey: false, metaKey: false })).toBe(false);
  expect(sends({ key: "Enter", ctrlKey: true, metaKey: false })).toBe(true);
  expect(sends({ key: "Enter", ctrlKey: false, metaKey: true })).toBe(true);
});
