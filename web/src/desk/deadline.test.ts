import { expect, it } from "vitest";
import { countdown, secondsSince } from "./deadline";

const DEADLINE = "2026-11-23T10:05:00Z";
const before = (seconds: number) => Date.parse(DEADLINE) - seconds * 1000;

it.each([
  [300, "5:00 left", "calm"],
  [91, "1:31 left", "calm"],
  [90, "1:30 left", "soon"],
  [31, "0:31 left", "soon"],
  [30, "0:30 left", "now"],
  [0, "overdue", "now"],
  [-600, "overdue", "now"],
])("%i seconds before a deadline there is %s", (seconds, text, level) => {
  expect(countdown(DEADLINE, before(seconds))).toEqual({ text, level });
});

it("counts no time before something has begun", () => {
  expect(secondsSince(DEADLINE, before(5))).toBe(0);
  expect(secondsSince(DEADLINE, before(-5))).toBe(5);
});
