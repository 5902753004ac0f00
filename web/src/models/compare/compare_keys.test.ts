import { describe, expect, it } from "vitest";
import { actionOf } from "./compare_keys";

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

describe("a key of the comparison", () => {
  it("chooses by its digit, wherever that stands on the keyboard", () => {
    expect(actionOf(stroke("1"), true)).toEqual({ choose: "first" });
    expect(actionOf(stroke("2"), true)).toEqual({ choose: "second" });
    expect(actionOf(stroke("3"), true)).toEqual({ choose: "same" });
    expect(actionOf(stroke("0"), true)).toEqual({ choose: "same" });
    expect(actionOf(stroke("à", { code: "Digit0" }), true)).toEqual({ choose: "same" });
    expect(actionOf(stroke("é", { code: "Digit2" }), true)).toEqual({ choose: "second" });
  });

  it("that is none of these means nothing", () => {
    for (const key of ["4", "9", "x", "Tab", "ArrowDown", "u"]) {
      expect(actionOf(stroke(key), true)).toBeNull();
    }
  });

  it("confirms once, however long it is held", () => {
    expect(actionOf(stroke("Enter"), true)).toBe("confirm");
    expect(actionOf(stroke("Enter", { repeat: true }), true)).toBeNull();
    expect(actionOf(stroke("Enter", { ctrlKey: true }), true)).toBeNull();
  });

  it("that is single means nothing once these are switched off", () => {
    for (const key of ["1", "2", "3", "0", "?"]) expect(actionOf(stroke(key), false)).toBeNull();
    expect(actionOf(stroke("Enter"), false)).toBe("confirm");
  });
});
