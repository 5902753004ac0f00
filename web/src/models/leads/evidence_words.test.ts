import { describe, expect, it } from "vitest";
import type { Schemas } from "../../live/http";
import { evidenceWords, reached, trialWords } from "./evidence_words";

function trial(
  change: Partial<Schemas["TrialView"]> = {},
  candidate_conversations = 120,
): Schemas["TrialView"] {
  return {
    since: "2026-11-20T10:00:00Z",
    share: 0.1,
    figures: {
      candidate_conversations,
      candidate_bad: 12,
      live_conversations: 900,
      live_bad: 110,
    },
    evidence_worse: 0.4,
    worse_at: 20,
    evidence_not_worse: 3,
    not_worse_at: 20,
    minimum_conversations: 100,
    ...change,
  };
}

describe("a trial", () => {
  it("is not decided before there is evidence enough for either", () => {
    expect(trialWords(trial()).verdict).toBe("Not decided yet");
    expect(trialWords(trial({ evidence_not_worse: 19.99 })).verdict).toBe("Not decided yet");
    expect(trialWords(trial()).type).not.toBe("success");
  });

  it("has ended well with evidence and conversations enough, not with evidence alone", () => {
    const enough = { evidence_not_worse: 20 };
    expect(trialWords(trial(enough, 100)).type).toBe("success");
    expect(trialWords(trial(enough, 99)).type).not.toBe("success");
    expect(trialWords(trial(enough, 40)).words).toContain("60 are missing");
  });

  it("that is worse is said to be so, whatever else there is evidence for", () => {
    const both = trial({ evidence_worse: 20, evidence_not_worse: 20 });
    expect(trialWords(both)).toMatchObject({ type: "error", verdict: "Worse than the live model" });
    expect(trialWords(both).type).not.toBe("success");
  });
});

describe("evidence", () => {
  it("comes as far as its logarithm, and no further than to the end", () => {
    expect(reached(0, 20)).toBe(0);
    expect(reached(1, 20)).toBe(0);
    expect(reached(Math.sqrt(20), 20)).toBeCloseTo(0.5);
    expect(reached(20, 20)).toBe(1);
    expect(reached(1e9, 20)).toBe(1);
  });

  it("says how often chance alone would come so far", () => {
    const words = (evidence: number) => evidenceWords(evidence, 20, "it were no worse");
    expect(words(0.7)).toBe("Nothing speaks for it so far.");
    expect(words(4.6)).toBe(
      "If it were no worse, at most 22 of 100 trials would ever come so far by chance.",
    );
    expect(words(1.001)).toContain("at most 99 of 100");
    expect(words(20)).toBe("This is enough.");
  });
});
