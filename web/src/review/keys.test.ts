import { describe, expect, it } from "vitest";
import { actionOf } from "./keys";

function stroke(key: string, change: Partial<KeyboardEvent> = {}) {
  return {
    key,
    code: "",
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    repeat: false,
    isComposing: false,
    ...change,
  };
}

describe("a key", () => {
  it("means what is written on it", () => {
    expect(actionOf(stroke("4"), true)).toEqual({ choose: 4 });
    expect(actionOf(stroke("u"), true)).toBe("undo");
    expect(actionOf(stroke("?", { shiftKey: true }), true)).toBe("help");
    expect(actionOf(stroke("Enter"), true)).toBe("confirm");
  });

  it("is found by its place where it writes other signs", () => {
    expect(actionOf(stroke("é", { code: "Digit2" }), true)).toEqual({ choose: 2 });
    expect(actionOf(stroke("ы", { code: "KeyS" }), true)).toBe("skip");
    expect(actionOf(stroke("4", { code: "Numpad4" }), true)).toEqual({ choose: 4 });
  });

  it("means nothing with others held down, or while it is held itself", () => {
    expect(actionOf(stroke("u", { ctrlKey: true }), true)).toBeNull();
    expect(actionOf(stroke("s", { metaKey: true }), true)).toBeNull();
    expect(actionOf(stroke("Enter", { repeat: true }), true)).toBeNull();
    expect(actionOf(stroke("Enter", { isComposing: true }), true)).toBeNull();
  });

  it("that is single means nothing once these are switched off", () => {
    for (const key of ["1", "u", "s", "f", "b", "r", "i", "?"]) {
      expect(actionOf(stroke(key), false)).toBeNull();
    }
    expect(actionOf(stroke("Enter"), false)).toBe("confirm");
  });

  it("that is none of these means nothing", () => {
    for (const key of ["0", "6", "x", "Tab", "ArrowDown"]) {
      expect(actionOf(stroke(key), true)).toBeNull();
    }
  });
});
