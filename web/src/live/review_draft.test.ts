import { beforeEach, describe, expect, it } from "vitest";
import { type Draft, EMPTY, KeptDrafts, over, typedIn } from "./review_draft";

const first = { job: "job-1", candidate_id: "1" };
const second = { job: "job-1", candidate_id: "2" };
const written = (reason: string): Draft => ({ ...EMPTY, rating: 2, reason });

beforeEach(() => sessionStorage.clear());

describe("drafts", () => {
  it("are kept for each item, also when the page is loaded again", () => {
    const before = new KeptDrafts(sessionStorage, "ana");
    before.keep(first, written("one"));
    before.keep(second, written("two"));
    const after = new KeptDrafts(sessionStorage, "ana");
    expect(after.of(first)).toEqual(written("one"));
    expect(after.of(second)).toEqual(written("two"));
    expect(after.of({ ...first, job: "job-2" })).toBe(EMPTY);
  });

  it("are nobody else's", () => {
    new KeptDrafts(sessionStorage, "ana").keep(first, written("one"));
    expect(new KeptDrafts(sessionStorage, "bo").of(first)).toBe(EMPTY);
  });

  it("are forgotten one by one, and then nothing is stored", () => {
    const drafts = new KeptDrafts(sessionStorage, "ana");
    drafts.keep(first, written("one"));
    drafts.keep(second, written("two"));
    drafts.forget(first);
    expect(new KeptDrafts(sessionStorage, "ana").of(first)).toBe(EMPTY);
    expect(drafts.of(second)).toEqual(written("two"));
    drafts.forget(second);
    expect(sessionStorage).toHaveLength(0);
  });

  it("of long ago make room for new ones", () => {
    const drafts = new KeptDrafts(sessionStorage, "ana");
    drafts.keep(first, written("one"));
    for (let number = 0; number < 39; number++) {
      drafts.keep({ job: "job-2", candidate_id: `${number}` }, written(`${number}`));
    }
    expect(drafts.of(first)).toEqual(written("one"));
    drafts.keep(second, written("two"));
    expect(drafts.of(first)).toBe(EMPTY);
    expect(drafts.of(second)).toEqual(written("two"));
  });

  it("outlive a storage that is forbidden, as long as the page is open", () => {
    const forbidden = () => {
      throw new DOMException("no", "SecurityError");
    };
    const storage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
    const drafts = new KeptDrafts(storage, "ana");
    drafts.keep(first, written("one"));
    expect(drafts.of(first)).toEqual(written("one"));
    drafts.forgetAll();
    expect(drafts.of(first)).toBe(EMPTY);
  });

  it.each([
    "no JSON",
    "null",
    '"text"',
    '{"user":"ana"}',
    '{"user":"ana","item":"job-1 1","draft":{"rating":1}}',
    '{"user":"ana","drafts":7}',
  ])("that cannot be read are none: %s", (stored) => {
    sessionStorage.setItem("tandem.review.draft", stored);
    const drafts = new KeptDrafts(sessionStorage, "ana");
    expect(drafts.of(first)).toBe(EMPTY);
    drafts.keep(first, written("one"));
    expect(new KeptDrafts(sessionStorage, "ana").of(first)).toEqual(written("one"));
  });
});

describe("what is typed later", () => {
  it("loses nothing of what was there", () => {
    const before: Draft = { ...EMPTY, rating: 4, reason: "early", better_answer: "So." };
    const later: Draft = { ...EMPTY, reason: "late", put_aside: "skip", aside_reason: "known" };
    expect(over(before, later)).toEqual({
      rating: 4,
      reason: "early\n\nlate",
      better_answer: "So.",
      put_aside: "skip",
      aside_reason: "known",
    });
    expect(over(before, { ...EMPTY, rating: 1 }).rating).toBe(1);
  });

  it("is told once each", () => {
    expect(typedIn({ ...EMPTY, reason: "a", better_answer: " ", aside_reason: "a" })).toBe("a");
    expect(typedIn({ ...EMPTY, reason: "a", better_answer: "b", aside_reason: "c" })).toBe(
      "a\n\nb\n\nc",
    );
  });
});
