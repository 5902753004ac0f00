import { expect, it } from "vitest";
import type { Schemas } from "../../live/http";
import { comparisonInShort } from "./comparison_words";

function words(
  status: Schemas["VersionStatus"],
  comparison: Partial<Schemas["Comparison"]> | null,
): string {
  const none = { pairs: 47, of_questions: 90, done: 0, better: 0, worse: 0, same: 0 };
  return comparisonInShort({ status, comparison: comparison && { ...none, ...comparison } });
}

it("a comparison that goes on says how far it is, and nothing of what came of it", () => {
  expect(words("comparing", { done: 12 })).toBe("12 of 47 pairs or more");
  expect(words("comparing", { done: 12, better: 11, worse: 1 })).toBe("12 of 47 pairs or more");
  expect(words("comparing", { done: 3, of_questions: 20 })).toBe("3 of 20 pairs or more");
});

it("one that is over says what came of it, and one that was broken off so", () => {
  expect(words("passed", { done: 47, better: 30, worse: 9, same: 8 })).toBe(
    "30 better, 9 worse, 8 the same",
  );
  expect(words("rejected", {})).toBe("not compared to the end");
  expect(words("registered", null)).toBe("–");
});
