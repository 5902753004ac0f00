import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Schemas } from "../../live/http";
import { refused } from "../../live/http_stand_in";
import { article } from "../../live/review_stand_in";
import { violations } from "../../test_accessibility";
import { type Bench, clearBench, lead, openReview, passes } from "../test_bench";

afterEach(clearBench);

const dialog = () => screen.findByRole("dialog");
const card = (question: string) => screen.findByRole("article", { name: RegExp(question) });
const holdsIt = { published_revision: 1, revision: 1, indexed: true, may_be_held: true };

/** Somebody else changes it while a lead has it before them. */
function meanwhile({ server }: Bench, change: Partial<Schemas["Article"]>) {
  server.articles = server.articles.map((one) => {
    const revision = one.revision + 1;
    return { ...one, revision, changed_revision: revision, ...change };
  });
}

async function decides({ user }: Bench, name: string) {
  await user.click(await screen.findByRole("button", { name: `${name} …` }));
  await user.click(within(await dialog()).getByRole("button", { name }));
}

describe("articles", () => {
  it("wait for a lead, are approved, and it is said what has come of it", async () => {
    const at = lead((server) => {
      server.articles = [article("1"), article("2", { status: "published", ...holdsIt })];
    });
    await openReview(at, "/review/articles");
    expect(await screen.findByText("Question 1?")).toBeTruthy();
    expect(screen.queryByText("Question 2?")).toBeNull();
    await at.user.click(screen.getByRole("button", { name: "Approve …" }));
    const asked = await dialog();
    expect(asked.textContent).toContain("the assistant answers from it and cites it");
    await at.user.click(within(asked).getByRole("button", { name: "Approve" }));
    const empty = await screen.findByText(/Nothing waits for you/);
    await waitFor(() => expect(document.activeElement).toBe(empty));
    expect(await screen.findByText("Approved. In the knowledge base")).toBeTruthy();
    expect(at.server.askedFor("POST", "/review/articles/1/decide")[0]?.body).toEqual({
      revision: 0,
      decision: "approve",
      note: "",
    });
    await at.user.click(screen.getByRole("button", { name: "Published" }));
    expect((await card("Question 1")).textContent).toContain(
      "In the knowledge baseAnswers may cite it.",
    );
  });

  it("of the chosen list alone are read", async () => {
    const at = lead((server) => {
      server.articles = [article("1"), article("2", { status: "expired" })];
    });
    await openReview(at, "/review/articles?status=expired");
    expect(await screen.findByText("Question 2?")).toBeTruthy();
    const asked = at.server.asked.filter(({ path }) => path.startsWith("/review/articles"));
    expect(asked.map(({ path }) => path)).toEqual(["/review/articles?status=expired"]);
    await at.user.click(screen.getByRole("button", { name: "Proposed" }));
    expect(await screen.findByText("Question 1?")).toBeTruthy();
    expect(screen.queryByText("Question 2?")).toBeNull();
  });

  it.each([
    ["Reject", "proposed", "reject"],
    ["Expire", "published", "expire"],
    ["Withdraw", "published", "withdraw"],
  ] as const)("%s, with a note", async (name, status, decision) => {
    const at = lead((server) => {
      server.articles = [article("1", { status })];
    });
    await openReview(at, `/review/articles?status=${status}`);
    await at.user.click(await screen.findByRole("button", { name: `${name} …` }));
    const asked = await dialog();
    await at.user.type(within(asked).getByLabelText("Note – optional"), "no longer true");
    await at.user.click(within(asked).getByRole("button", { name }));
    await waitFor(() => expect(screen.queryByText("Question 1?")).toBeNull());
    expect(screen.getByText("The knowledge base does not hold it.")).toBeTruthy();
    expect(at.server.askedFor("POST", "/review/articles/1/decide")[0]?.body).toEqual({
      revision: 0,
      decision,
      note: "no longer true",
    });
  });

  it("are edited: what is changed is sent, and nothing else", async () => {
    const at = lead((server) => {
      server.articles = [article("1", { expires_at: "2027-01-31T22:59:59Z", revision: 4 })];
      server.settings.product_areas = [];
    });
    await openReview(at, "/review/articles");
    await at.user.click(await screen.findByRole("button", { name: "Edit …" }));
    const asked = await dialog();
    const answer = within(asked).getByLabelText("Answer");
    await at.user.clear(answer);
    await at.user.click(within(asked).getByRole("button", { name: "Save" }));
    expect(within(asked).getByText("Write an answer.")).toBeTruthy();
    await at.user.type(answer, "It is so.");
    await at.user.type(within(asked).getByLabelText("Product area – optional"), "Training");
    await at.user.clear(within(asked).getByLabelText("Expires – optional"));
    await at.user.click(within(asked).getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(at.server.askedFor("POST", "/review/articles/1/edit")[0]?.body).toEqual({
        revision: 4,
        answer: "It is so.",
        product_area: "Training",
        expires_at: null,
      }),
    );
    expect(await screen.findByText("It is so.")).toBeTruthy();
  });

  it("whose conversation a customer has withdrawn leave nothing to decide", async () => {
    const erased = { question: "[withdrawn]", answer: "[withdrawn]" };
    const at = lead((server) => {
      server.articles = [article("1", { status: "withdrawn", ...erased })];
    });
    await openReview(at, "/review/articles?status=withdrawn");
    const shown = await card("withdrawn");
    expect(within(shown).queryAllByRole("button")).toEqual([]);
  });

  it("that were withdrawn by a lead may be approved after all", async () => {
    const at = lead((server) => {
      server.articles = [article("1", { status: "withdrawn" })];
    });
    await openReview(at, "/review/articles?status=withdrawn");
    await decides(at, "Approve");
    expect(await screen.findByText("Approved. In the knowledge base")).toBeTruthy();
  });
});

describe("what the knowledge base has made of a decision", () => {
  it.each([
    [
      "refused",
      { problem: "The knowledge base did not take it: throttled", may_be_held: true },
      "Approved. Not in the knowledge base as it is here",
      "The knowledge base did not take it: throttled. It is tried again by itself.",
    ],
    [
      "being indexed",
      { published_revision: 1, may_be_held: true },
      "Approved. Being indexed",
      /answers may cite it in a moment/,
    ],
    [
      "in the bucket only",
      { published_revision: 1, may_be_held: true, at_next_sync: true },
      "Approved. In the knowledge bucket",
      /from the next synchronization of the knowledge base’s S3 data source on/,
    ],
  ])("is said where it is %s", async (_, base, verdict, words) => {
    const at = lead((server) => {
      server.articles = [article("1")];
      server.base = () => base;
    });
    await openReview(at, "/review/articles");
    await decides(at, "Approve");
    expect(await screen.findByText(verdict)).toBeTruthy();
    expect(screen.getAllByText(words)).not.toEqual([]);
    expect(screen.queryByText(/^In the knowledge base/)).toBeNull();
  });

  it("is said where it still holds what was withdrawn", async () => {
    const at = lead((server) => {
      server.articles = [article("1", { status: "published", ...holdsIt })];
      server.base = () => ({
        may_be_held: true,
        problem: "The knowledge base may still hold it: throttled",
      });
    });
    await openReview(at, "/review/articles?status=published");
    await decides(at, "Withdraw");
    expect(await screen.findByText("Withdrawn. Answers may still cite it")).toBeTruthy();
    expect(
      screen.getByText(
        "The knowledge base may still hold it: throttled. It is tried again by itself.",
      ),
    ).toBeTruthy();
  });

  it("changes by itself on the page while it is pending", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = lead((server) => {
      const taken = { revision: 1, published_revision: 1, may_be_held: true };
      server.articles = [article("1", { status: "published", ...taken })];
    });
    await openReview(at, "/review/articles?status=published");
    expect(await screen.findByText("Being indexed")).toBeTruthy();
    meanwhile(at, { revision: 1, indexed: true });
    await passes(11_000);
    expect(await screen.findByText("In the knowledge base")).toBeTruthy();
    const asked = at.server.asked.length;
    await passes(120_000);
    expect(at.server.asked).toHaveLength(asked);
  });
});

describe("problems of articles", () => {
  const troubled = [
    article("1"),
    article("2", { status: "published", problem: "Too long." }),
    article("3", { status: "withdrawn", may_be_held: true }),
  ];

  it("are counted on top of each list, and shown by themselves, whatever their status", async () => {
    const at = lead((server) => {
      server.articles = troubled;
    });
    await openReview(at, "/review/articles");
    expect(
      await screen.findByText("2 articles are not in the knowledge base as decided"),
    ).toBeTruthy();
    expect(screen.getByRole("button", { name: "Problems (2)" })).toBeTruthy();
    await at.user.click(screen.getByRole("button", { name: "Show them" }));
    expect(await screen.findByText("Question 2?")).toBeTruthy();
    expect(screen.getByText("Question 3?")).toBeTruthy();
    expect(screen.queryByText("Question 1?")).toBeNull();
    expect(location.search).toBe("?status=problem");
    expect(await violations(document.body)).toEqual([]);
  });

  it("that are over leave the page by themselves", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = lead((server) => {
      server.articles = troubled.slice(0, 2);
    });
    await openReview(at, "/review/articles");
    expect(await screen.findByText(/^1 article is not/)).toBeTruthy();
    at.server.articles = [article("1")];
    await passes(61_000);
    expect(screen.queryByText(/^1 article is not/)).toBeNull();
  });
});

describe("a list that is long", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, number) => article(`${number + 1}`));
  const numbers = () =>
    screen
      .getAllByRole("article")
      .map((one) => Number(/Question (\d+)/.exec(one.textContent)?.[1]));

  it("is read piece by piece", async () => {
    const at = lead((server) => {
      server.listed = 3;
      server.articles = many(7);
    });
    await openReview(at, "/review/articles");
    await card("Question 3");
    expect(numbers()).toEqual([1, 2, 3]);
    await at.user.click(screen.getByRole("button", { name: "Show more" }));
    await card("Question 6");
    await at.user.click(screen.getByRole("button", { name: "Show more" }));
    await card("Question 7");
    expect(numbers()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });

  it("stays as long as it was when it is read again", async () => {
    const at = lead((server) => {
      server.listed = 3;
      server.articles = many(7);
    });
    await openReview(at, "/review/articles");
    await at.user.click(await screen.findByRole("button", { name: "Show more" }));
    await card("Question 6");
    at.server.articles = [article("new"), ...many(7)];
    await at.user.click(screen.getByRole("button", { name: "Refresh" }));
    expect(await screen.findByText("Question new?")).toBeTruthy();
    expect(screen.getByText("Question 5?")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Show more" })).toBeTruthy();
  });

  it("says where it cannot go on, and goes on", async () => {
    const at = lead((server) => {
      server.listed = 3;
      server.articles = many(4);
    });
    await openReview(at, "/review/articles");
    const next = "GET /review/articles?status=proposed&after=3";
    at.server.instead.set(next, () => refused(503, "busy", "Too busy."));
    await at.user.click(await screen.findByRole("button", { name: "Show more" }));
    expect(await screen.findByText("Too busy.")).toBeTruthy();
    expect(screen.getByText("Question 3?")).toBeTruthy();
    at.server.instead.clear();
    await at.user.click(screen.getByRole("button", { name: "Show more" }));
    await card("Question 4");
    expect(screen.queryByText("Too busy.")).toBeNull();
  });

  it("begins anew where another one was longer", async () => {
    const at = lead((server) => {
      server.listed = 3;
      server.articles = [
        ...many(6),
        ...many(6).map((one) => ({ ...one, article_id: `r${one.article_id}`, status: REJECTED })),
      ];
    });
    await openReview(at, "/review/articles");
    await at.user.click(await screen.findByRole("button", { name: "Show more" }));
    await card("Question 6");
    await at.user.click(screen.getByRole("button", { name: "Rejected" }));
    await waitFor(() => expect(numbers()).toEqual([1, 2, 3]));
  });
});

const REJECTED = "rejected" as const;

describe("an article that somebody changes while a lead has it before them", () => {
  const opened = async (button: string) => {
    const at = lead((server) => {
      server.articles = [article("1")];
    });
    await openReview(at, "/review/articles");
    await at.user.click(await screen.findByRole("button", { name: `${button} …` }));
    return at;
  };

  it("is not approved unseen: both texts are shown first, and the note stays", async () => {
    const at = await opened("Approve");
    meanwhile(at, { answer: "Never seen." });
    await at.user.type(within(await dialog()).getByLabelText("Note – optional"), "good");
    await at.user.click(within(await dialog()).getByRole("button", { name: "Approve" }));
    const changed = await screen.findByRole("region", { name: "Changed meanwhile" });
    expect(changed.textContent).toBe("AnswerAs you saw itAnswer 1.As it is nowNever seen.");
    expect(at.server.articles[0]?.status).toBe("proposed");
    expect(within(await dialog()).getByLabelText("Note – optional")).toHaveProperty(
      "value",
      "good",
    );
    expect(await violations(document.body)).toEqual([]);
    await at.user.click(
      within(await dialog()).getByRole("button", { name: "Approve as it is now" }),
    );
    await screen.findByText("Approved. In the knowledge base");
    expect(at.server.articles[0]).toMatchObject({ answer: "Never seen.", note: "good" });
  });

  it("is shown as it is now when the lead thinks better of it", async () => {
    const at = await opened("Approve");
    meanwhile(at, { answer: "Never seen." });
    await at.user.click(within(await dialog()).getByRole("button", { name: "Approve" }));
    await screen.findByRole("region", { name: "Changed meanwhile" });
    await at.user.click(within(await dialog()).getByRole("button", { name: "Cancel" }));
    expect((await card("Question 1")).textContent).toContain("Never seen.");
  });

  it("and withdraws is not approved, and leaves the list", async () => {
    const at = await opened("Approve");
    meanwhile(at, { status: "withdrawn" });
    await at.user.click(within(await dialog()).getByRole("button", { name: "Approve" }));
    expect(await screen.findByText("Somebody has changed this article.")).toBeTruthy();
    await at.user.click(within(await dialog()).getByRole("button", { name: "Cancel" }));
    expect(await screen.findByText(/Nothing waits for you/)).toBeTruthy();
  });

  it("is not overwritten: what the lead wrote stands beside what it is now", async () => {
    const at = await opened("Edit");
    const answer = within(await dialog()).getByLabelText("Answer");
    await at.user.clear(answer);
    await at.user.type(answer, "Mine.");
    meanwhile(at, { answer: "Theirs.", question: "Asked better?" });
    await at.user.click(within(await dialog()).getByRole("button", { name: "Save" }));
    const changed = await screen.findByRole("region", { name: "Changed meanwhile" });
    expect(changed.textContent).toContain("As it is nowTheirs.");
    expect(at.server.articles[0]?.answer).toBe("Theirs.");
    expect(answer).toHaveProperty("value", "Mine.");
    // What was not touched here follows.
    expect(within(await dialog()).getByLabelText("Question")).toHaveProperty(
      "value",
      "Asked better?",
    );
    expect(await violations(document.body)).toEqual([]);
    await at.user.click(within(await dialog()).getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(at.server.articles[0]).toMatchObject({ answer: "Mine.", question: "Asked better?" }),
    );
    expect(at.server.askedFor("POST", "/review/articles/1/edit").at(-1)?.body).toEqual({
      revision: 1,
      answer: "Mine.",
    });
  });

  it("may be taken as it is now", async () => {
    const at = await opened("Edit");
    const answer = within(await dialog()).getByLabelText("Answer");
    await at.user.type(answer, " Mine.");
    await at.user.type(within(await dialog()).getByLabelText("Product area – optional"), "Gates");
    meanwhile(at, { answer: "Theirs." });
    await at.user.click(within(await dialog()).getByRole("button", { name: "Save" }));
    await at.user.click(
      await screen.findByRole("button", { name: "Take it instead of yours: Answer" }),
    );
    expect(answer).toHaveProperty("value", "Theirs.");
    await at.user.click(within(await dialog()).getByRole("button", { name: "Save" }));
    await waitFor(() =>
      expect(at.server.articles[0]).toMatchObject({ answer: "Theirs.", product_area: "Gates" }),
    );
  });

  it("is no other one because the knowledge base has taken it meanwhile", async () => {
    const at = lead((server) => {
      server.articles = [article("1", { status: "published", revision: 1, changed_revision: 1 })];
    });
    await openReview(at, "/review/articles?status=published");
    await at.user.click(await screen.findByRole("button", { name: "Expire …" }));
    meanwhile(at, { changed_revision: 1, indexed: true, published_revision: 2 });
    await at.user.click(within(await dialog()).getByRole("button", { name: "Expire" }));
    await waitFor(() => expect(at.server.articles[0]?.status).toBe("expired"));
  });
});
