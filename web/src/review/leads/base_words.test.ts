import { describe, expect, it } from "vitest";
import { article } from "../../live/review_stand_in";
import { baseWords, lookAgainMs, outcome } from "./base_words";

const published = { status: "published", revision: 2, may_be_held: true } as const;
const verdict = (change: object) => baseWords(article("1", change))?.verdict;

it("an article that was never published has nothing to do with the knowledge base", () => {
  expect(baseWords(article("1"))).toBeNull();
  expect(baseWords(article("1", { status: "rejected" }))).toBeNull();
});

it("a published one is in it once it is indexed as it is", () => {
  const words = (change: object) => baseWords(article("1", { ...published, ...change }));
  expect(words({ published_revision: 2, indexed: true })?.type).toBe("success");
  expect(words({ published_revision: 2 })?.verdict).toBe("Being indexed");
  expect(words({ published_revision: 1, indexed: true })?.verdict).toContain("earlier text");
  expect(words({})?.verdict).toBe("Not in the knowledge base yet");
});

it("one that lies in the bucket is not said to be in the knowledge base", () => {
  const waits = { ...published, published_revision: 2, at_next_sync: true };
  expect(verdict(waits)).toBe("In the knowledge bucket");
  expect(verdict({ ...waits, published_revision: 1 })).toContain("earlier text");
});

it("one that has ended is said to be in it as long as it may be", () => {
  const ended = { status: "withdrawn", may_be_held: true } as const;
  expect(verdict(ended)).toBe("Answers may still cite it");
  expect(verdict({ ...ended, may_be_held: false })).toBeUndefined();
  expect(verdict({ ...ended, may_be_held: false, at_next_sync: true })).toBe(
    "Deleted from the knowledge bucket",
  );
});

it.each([
  ["published", "The knowledge base did not take it: ThrottlingException: Rate exceeded"],
  ["published", "The knowledge base has lost it."],
  ["expired", "The knowledge base may still hold it: AccessDenied"],
] as const)("why it went wrong comes before all else, said once: %s, %s", (status, problem) => {
  const words = baseWords(article("1", { ...published, status, problem }))?.words;
  expect(words).toBe(`${problem.replace(/\.$/, "")}. It is tried again by itself.`);
});

it("after an edit that went wrong, answers may cite what was there before", () => {
  const refused = { ...published, published_revision: 1, problem: "Too long." };
  expect(baseWords(article("1", refused))?.words).toBe(
    "Too long. Answers may cite an earlier wording. It is tried again by itself.",
  );
});

describe("what has come of a decision", () => {
  it("is no more than is known", () => {
    expect(outcome(article("1", { status: "rejected" }), "decided")).toEqual({
      type: "success",
      verdict: "Rejected",
      words: "The knowledge base does not hold it.",
    });
    expect(outcome(article("1"), "edited").words).toContain("once it is approved");
    const indexed = { ...published, published_revision: 2, indexed: true };
    expect(outcome(article("1", indexed), "decided").verdict).toBe(
      "Approved. In the knowledge base",
    );
    expect(outcome(article("1", indexed), "edited").verdict).toBe("Saved. In the knowledge base");
    expect(outcome(article("1", published), "decided").type).toBe("pending");
  });
});

it("it is looked again soon while something is pending, later while something is wrong", () => {
  const pending = article("1", published);
  const wrong = article("2", { ...published, problem: "Too long." });
  const waits = article("3", { ...published, published_revision: 2, at_next_sync: true });
  expect(lookAgainMs([wrong, pending], 1)).toBe(10_000);
  expect(lookAgainMs([wrong], 0)).toBe(60_000);
  expect(lookAgainMs([], 1)).toBe(60_000);
  expect(lookAgainMs([waits], 0)).toBeNull();
});
