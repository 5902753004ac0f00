import { describe, expect, it } from "vitest";
import type { Deed } from "../../live/models_server";
import { versionView } from "../../live/models_stand_in";
import { deedWords, doneWords } from "./deed_words";

const words = (deed: Deed, change: Parameters<typeof versionView>[1], early = false) =>
  deedWords(deed, versionView(4, change), early);

describe("what a deed will do", () => {
  it("is said of a candidate by what it is", () => {
    expect(words("approve", { status: "passed" }).effect).toContain("It is deployed");
    expect(words("approve", { status: "passed", kind: "reward_model" }).effect).toContain(
      "needs no machine",
    );
  });

  it("is said of going live and back by where it stands", () => {
    expect(words("promote", { status: "trial" }).effect).toContain("Its trial ends");
    expect(words("promote", { status: "retired" }).effect).not.toContain("trial");
    expect(words("roll_back", { status: "trial" }).effect).toContain(
      "the live model answers all conversations again",
    );
    expect(words("roll_back", { status: "live" }).effect).toContain("the model before it");
  });
});

it("a reason is asked for where somebody else will want to know it", () => {
  const asks = (deed: Deed, early = false) => words(deed, { status: "trial" }, early).needs_reason;
  expect(asks("approve")).toBe(false);
  expect(asks("reject")).toBe(true);
  expect(asks("roll_back")).toBe(true);
  expect(asks("promote")).toBe(false);
  expect(asks("promote", true)).toBe(true);
});

it("what was done is said as it is, not as it was meant", () => {
  expect(doneWords("approve", versionView(4, { status: "passed" }))).toContain("in a moment");
  expect(doneWords("approve", versionView(4, { status: "deploying" }))).toContain("deployed");
  expect(doneWords("promote", versionView(4, { status: "deploying" }))).not.toContain("is live");
  expect(doneWords("promote", versionView(4, { status: "live" }))).toBe("Version 4 is live.");
});
