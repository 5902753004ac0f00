import { expect, it } from "vitest";
import { article } from "../../live/review_stand_in";
import { baseWords } from "./base_words";

const published = { status: "published", revision: 2 } as const;

it("an article that was never published has nothing to do with the knowledge base", () => {
  expect(baseWords(article("1"))).toBeNull();
  expect(baseWords(article("1", { status: "rejected" }))).toBeNull();
});

it("a published one is in it once it is indexed as it is", () => {
  const verdict = (change: object) => baseWords(article("1", { ...published, ...change }));
  expect(verdict({ published_revision: 2, indexed: true })?.type).toBe("success");
  expect(verdict({ published_revision: 2 })?.words).toContain("being indexed");
  expect(verdict({ published_revision: 1, indexed: true })?.verdict).toContain("earlier text");
  expect(verdict({})?.verdict).toBe("Not in the knowledge base yet");
});

it("one that has ended is said to be in it as long as it is", () => {
  const ended = article("1", { status: "withdrawn", published_revision: 2 });
  expect(baseWords(ended)?.verdict).toBe("Still in the knowledge base");
});

it("why it went wrong comes before all else", () => {
  const failed = article("1", { ...published, problem: "It could not be indexed: too long." });
  expect(baseWords(failed)?.words).toBe(
    "It could not be indexed: too long. It is tried again by itself.",
  );
});
