import { describe, expect, it } from "vitest";
import { averageText, countOf, shareText, spanText } from "./figure_text";

describe("a share", () => {
  it.each([
    [0, 0, "–"],
    [1, 3, "1 of 3"],
    [0, 21, "0 of 21"],
    [11, 22, "50%"],
    [0, 400, "0%"],
    [1, 400, "< 1%"],
    [399, 400, "> 99%"],
    [400, 400, "100%"],
    [1234, 5000, "25%"],
  ])("%i of %i is written as %s", (part, whole, text) => {
    expect(shareText(part, whole, "en")).toBe(text);
  });

  it("is written in the reader's way", () => {
    expect(shareText(11, 22, "de")).toMatch(/^50\s%$/);
  });
});

describe("a time", () => {
  it.each([
    [null, "–"],
    [undefined, "–"],
    [0, "0 s"],
    [0.84, "0.8 s"],
    [9.96, "10 s"],
    [42.3, "42 s"],
    [59.6, "1 min"],
    [245, "4 min 5 s"],
    [3599.7, "1 h"],
    [4021, "1 h 7 min"],
    [7199, "2 h"],
    [100_000, "27 h 47 min"],
  ])("of %s seconds is written as %s", (seconds, text) => {
    expect(spanText(seconds, "en")).toBe(text);
  });
});

it("counts one in the singular, and many with the reader's separators", () => {
  expect(countOf(1, "call", "calls", "en")).toBe("1 call");
  expect(countOf(0, "call", "calls", "en")).toBe("0 calls");
  expect(countOf(1234, "call", "calls", "en")).toBe("1,234 calls");
});

it("has no average of nothing", () => {
  expect(averageText(null, "en")).toBe("–");
  expect(averageText(4, "en")).toBe("4.0");
});
