import { describe, expect, it } from "vitest";
import type { Deed } from "../../live/models_server";
import { versionView } from "../../live/models_stand_in";
import { deedWords, doneWords } from "./deed_words";

type Change = Parameters<typeof versionView>[1];

const words = (deed: Deed, change: Change) => deedWords(deed, versionView(4, change));

const done = (deed: Deed, before: Change, after: Change) =>
  doneWords(deed, versionView(4, before), versionView(4, after));

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
  const asks = (deed: Deed, untried = false) =>
    words(deed, { status: "trial", untried }).needs_reason;
  expect(asks("approve")).toBe(false);
  expect(asks("reject")).toBe(true);
  expect(asks("roll_back")).toBe(true);
  expect(asks("promote")).toBe(false);
  expect(asks("promote", true)).toBe(true);
});

it("what answers all before any trial has shown enough comes with a warning", () => {
  for (const status of ["deploying", "trial", "rolled_back", "failed"] as const) {
    const asked = words("promote", { status, untried: true });
    expect([asked.name, asked.needs_reason, asked.wanted]).toEqual(["Make live", true, false]);
    expect(asked.effect).toMatch(/it answers all conversations/i);
    expect(asked.warning).toMatch(/not show yet|nothing shows yet/i);
  }
  expect(words("promote", { status: "retired" }).warning).toBeNull();
});

it("what failed before its trial is deployed for its trial, and not made live", () => {
  const asked = words("promote", { status: "failed" });
  expect([asked.name, asked.needs_reason, asked.warning]).toEqual(["Deploy again", false, null]);
  expect(asked.effect).toContain("a share of the conversations");
  const live_since = "2026-11-20T10:00:00Z";
  expect(words("promote", { status: "failed", live_since }).name).toBe("Make live");
});

it("what is being deployed answers nobody yet: nothing goes back", () => {
  const { effect } = words("roll_back", { status: "deploying" });
  expect(effect).toContain("What answers now goes on answering");
  expect(effect).not.toContain("again");
});

describe("what was done", () => {
  it("is said as it is, not as it was meant", () => {
    const said = (...of: Parameters<typeof done>) => done(...of).words;
    expect(said("approve", { status: "passed" }, { status: "passed" })).toContain("in a moment");
    expect(said("approve", { status: "passed" }, { status: "deploying" })).toContain("deployed");
    expect(said("promote", { status: "deploying" }, { status: "deploying" })).toContain(
      "goes live as soon as",
    );
    expect(said("promote", { status: "trial" }, { status: "live" })).toBe("Version 4 is live.");
    expect(said("promote", { status: "failed" }, { status: "deploying" })).toBe(
      "Version 4 is being deployed again.",
    );
    expect(said("promote", { status: "failed" }, { status: "trial" })).toBe(
      "Version 4 is in its trial.",
    );
  });

  it("is not said to be complete where something is to come", () => {
    const reason = "it could not be deployed: No machine was to be had.";
    expect(done("promote", { status: "failed" }, { status: "failed", reason })).toEqual({
      words: `Version 4 is not deployed: ${reason}`,
      complete: false,
    });
    expect(done("roll_back", { status: "live" }, { status: "live" })).toEqual({
      words: "Version 4 is not back yet: it answers on until it is.",
      complete: false,
    });
  });
});
