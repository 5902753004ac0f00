import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Schemas } from "../../live/http";
import { refused } from "../../live/http_stand_in";
import { violations } from "../../test_accessibility";
import { passes, row } from "../../test_page";
import { type Bench, clearBench, dialog, lead, openModels } from "../test_bench";

afterEach(clearBench);

const open = (at: Bench) => openModels(at, "/models?version=4");
const APPROVE = "POST /models/versions/4/approve";

function passed(): Bench {
  return lead((server) => server.version(4, { status: "passed", deeds: ["approve", "reject"] }));
}

function sample(change: Partial<Schemas["BeforeAfter"]> = {}): Schemas["BeforeAfter"] {
  return {
    prompt_id: "p1",
    question: "Question 1?",
    topic: "billing",
    context: [],
    live: "Before.",
    candidate: "After.",
    live_rating: 2.31,
    candidate_rating: 3.62,
    ...change,
  };
}

async function asks({ user }: Bench, deed: string): Promise<HTMLElement> {
  await user.click(await screen.findByRole("button", { name: `${deed} … version 4` }));
  return await dialog();
}

describe("a version", () => {
  it("says where it comes from, and why this method", async () => {
    const at = lead((server) =>
      server.version(4, {}, { report: "https://models.s3.test/report.html?signature=1" }),
    );
    await open(at);
    expect(await screen.findByText(/enough for reinforcement learning/)).toBeTruthy();
    for (const words of [
      "Apache-2.0",
      /ratings for training 400/,
      "amazon.nova-lite-v1:0",
      /arn:aws:sagemaker.*\/4$/,
    ]) {
      expect(screen.getByText(words)).toBeTruthy();
    }
    const report = screen.getByRole("link", { name: /Report of the training/ });
    expect(report.getAttribute("href")).toBe("https://models.s3.test/report.html?signature=1");
    expect(report.getAttribute("rel")).toContain("noopener");
  });

  it("passes on what the training warns of", async () => {
    const at = lead((server) => {
      const { summary } = server.version(4);
      server.details = server.details.map((one) => ({
        ...one,
        summary: { ...summary, warnings: ["This recipe cannot learn."] },
      }));
    });
    await open(at);
    expect(await screen.findByText("This recipe cannot learn.")).toBeTruthy();
  });

  it("has its verdict check by check, with what was observed and the bound", async () => {
    const at = lead((server) =>
      server.version(4, {
        status: "refused",
        verdict: {
          passed: false,
          decided_at: "2026-11-21T10:00:00Z",
          checks: [
            { name: "kl", passed: true, said: "It has moved.", observed: 1.9, bound: 5 },
            { name: "length", passed: false, said: "Far too long.", observed: 2.6, bound: 2 },
          ],
        },
      }),
    );
    await open(at);
    expect(await screen.findByText(/1 of 2 checks did not pass/)).toBeTruthy();
    const length = await row("Verdict", /Length of its answers/);
    expect(length.textContent).toContain("Not passedFar too long.2.62");
    expect((await row("Verdict", /Near its base/)).textContent).toContain(
      "PassedIt has moved.1.95",
    );
  });

  it("shows what was found so far before there is a verdict", async () => {
    const at = lead((server) =>
      server.version(4, {
        checks: [{ name: "kl", passed: true, said: "It has moved.", observed: null, bound: null }],
      }),
    );
    await open(at);
    expect(await screen.findByText("Not decided yet.")).toBeTruthy();
    await row("Verdict", /It has moved/);
  });

  it("shows answers before and after side by side, as text", async () => {
    const at = lead((server) =>
      server.version(
        4,
        { status: "passed" },
        {
          samples: [
            sample({ candidate: "<img src=x onerror=alert(1)> **bold**" }),
            sample({ prompt_id: "p2", candidate: "", live_rating: null }),
          ],
        },
      ),
    );
    await open(at);
    const [first, second] = await screen.findAllByRole("article");
    expect(first?.textContent).toContain("<img src=x onerror=alert(1)> **bold**");
    expect(first?.querySelector("img, strong, b")).toBeNull();
    expect(first?.textContent).toContain("Predicted difference: +1.31.");
    expect(second?.textContent).toContain("No answer");
    expect(second?.textContent).not.toContain("Predicted difference");
  });

  it("shows few of many answers at first", async () => {
    const at = lead((server) =>
      server.version(
        4,
        { status: "passed" },
        { samples: Array.from({ length: 9 }, (_, n) => sample({ prompt_id: `p${n}` })) },
      ),
    );
    await open(at);
    expect(await screen.findAllByRole("article")).toHaveLength(4);
    await at.user.click(screen.getByRole("button", { name: "Show all 9" }));
    expect(screen.getAllByRole("article")).toHaveLength(9);
  });

  it("that people compare shows nothing that tells whose answers are which", async () => {
    const at = lead((server) =>
      server.version(4, {
        comparison: { pairs: 47, of_questions: 90, done: 12, better: 11, worse: 1, same: 0 },
      }),
    );
    await open(at);
    expect(await screen.findByText(/Shown when the comparison is over/)).toBeTruthy();
    expect(screen.getByText(/12 of 47 pairs, or more/)).toBeTruthy();
    expect(document.body.textContent).not.toContain("The candidate’s answer is better");
    await at.user.click(screen.getByRole("link", { name: "Compare answers" }));
    expect(location.pathname).toBe("/models/compare");
  });

  it("that was compared says what people chose", async () => {
    const at = lead((server) =>
      server.version(4, {
        status: "passed",
        comparison: { pairs: 47, of_questions: 90, done: 47, better: 30, worse: 9, same: 8 },
      }),
    );
    await open(at);
    const better = (await screen.findByText("The candidate’s answer is better")).parentElement;
    expect(better?.textContent).toContain("30 of 47");
  });

  it("in a trial shows what customers make of it", async () => {
    const at = lead((server) => {
      server.version(4, { status: "trial", share: 0.1 });
      server.trial = {
        since: "2026-11-23T10:00:00Z",
        share: 0.1,
        figures: {
          candidate_conversations: 63,
          candidate_bad: 9,
          live_conversations: 580,
          live_bad: 87,
        },
        evidence_worse: 24,
        worse_at: 20,
        evidence_not_worse: 0.1,
        not_worse_at: 20,
        minimum_conversations: 100,
      };
    });
    await open(at);
    expect(await screen.findByText("Worse than the live model")).toBeTruthy();
  });

  it("has a history of who did what", async () => {
    const at = lead((server) =>
      server.version(
        4,
        {},
        {
          history: [
            {
              entry_id: "e2",
              at: "2026-11-22T10:00:00Z",
              actor: "lea",
              action: "approved on the page",
              subject: "version-4",
              detail: { reason: "<b>better</b>" },
            },
            {
              entry_id: "e1",
              at: "2026-11-21T10:00:00Z",
              actor: "policy",
              action: "passed",
              subject: "version-4",
              detail: {},
            },
          ],
        },
      ),
    );
    await open(at);
    const approved = await row("History", /Approved on the page/);
    expect(approved.textContent).toContain("leaReason: <b>better</b>");
    expect((await row("History", /Passed/)).textContent).toContain("By itself");
  });

  it("that there is not is said", async () => {
    await open(lead());
    expect(await screen.findByText("There is no version 4.")).toBeTruthy();
  });

  it("is read again by itself: its report's address is good for minutes only", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = lead((server) =>
      server.version(4, { status: "retired" }, { report: "https://a/1" }),
    );
    await open(at);
    await screen.findByRole("link", { name: /Report/ });
    at.server.details = at.server.details.map((one) => ({ ...one, report: "https://a/2" }));
    await passes(61_000);
    await waitFor(() =>
      expect(screen.getByRole("link", { name: /Report/ }).getAttribute("href")).toBe("https://a/2"),
    );
  });

  it("breaks no rule of accessibility", async () => {
    const at = lead((server) =>
      server.version(
        4,
        {
          status: "passed",
          deeds: ["approve", "reject"],
          comparison: { pairs: 47, of_questions: 90, done: 47, better: 30, worse: 9, same: 8 },
        },
        { samples: [sample()] },
      ),
    );
    await open(at);
    await screen.findByText("Before and after");
    expect(await violations(document.body)).toEqual([]);
    await asks(at, "Reject");
    expect(await violations(document.body)).toEqual([]);
  });
});

describe("a deed", () => {
  it("says what it will do, is done with what was seen, and its outcome is said", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Approve");
    expect(asked.textContent).toContain("It is deployed");
    await at.user.type(within(asked).getByLabelText("Reason – optional"), " good at billing ");
    await at.user.click(within(asked).getByRole("button", { name: "Approve" }));
    const said = "Version 4 is approved, and is being deployed.";
    expect((await screen.findAllByText(said)).length).toBeGreaterThan(0);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.queryByRole("button", { name: "Approve … version 4" })).toBeNull();
    // The button that was pressed is gone: what was done is read from where it is said.
    await waitFor(() => expect(document.activeElement?.textContent).toBe(said));
    expect(at.server.askedFor("POST", "/models/versions/4/approve")[0]?.body).toEqual({
      seen: "passed",
      reason: "good at billing",
    });
  });

  it("that needs a reason is not done without one", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Reject");
    await at.user.click(within(asked).getByRole("button", { name: "Reject" }));
    expect(within(asked).getByText("Say why.")).toBeTruthy();
    expect(document.activeElement).toBe(within(asked).getByLabelText("Reason"));
    await at.user.type(within(asked).getByLabelText("Reason"), "  ");
    await at.user.click(within(asked).getByRole("button", { name: "Reject" }));
    expect(at.server.askedFor("POST", "/models/versions/4/reject")).toEqual([]);
  });

  it("that skips the trial warns, and asks why", async () => {
    const at = lead((server) =>
      server.version(4, { status: "deploying", deeds: ["promote", "roll_back"], untried: true }),
    );
    await open(at);
    const asked = await asks(at, "Make live");
    expect(asked.textContent).toContain("It skips the trial");
    await at.user.click(within(asked).getByRole("button", { name: "Make live" }));
    expect(within(asked).getByText("Say why.")).toBeTruthy();
    expect(at.server.askedFor("POST", "/models/versions/4/promote")).toEqual([]);
  });

  it("with too long a reason is not sent", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Approve");
    await at.user.click(within(asked).getByLabelText("Reason – optional"));
    await at.user.paste("x".repeat(1001));
    await at.user.click(within(asked).getByRole("button", { name: "Approve" }));
    expect(within(asked).getByText("At most 1,000 characters.")).toBeTruthy();
    expect(at.server.askedFor("POST", "/models/versions/4/approve")).toEqual([]);
  });

  it("is done once by a double click", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Approve");
    await at.user.dblClick(within(asked).getByRole("button", { name: "Approve" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(at.server.askedFor("POST", "/models/versions/4/approve")).toHaveLength(1);
  });

  it("on what somebody else has changed meanwhile shows what, and is not done", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Reject");
    at.server.change(4, { status: "deploying", approved_by: "rea", deeds: [] });
    await at.user.type(within(asked).getByLabelText("Reason"), "no good");
    await at.user.click(within(asked).getByRole("button", { name: "Reject" }));
    const changes = await within(asked).findByRole("region", { name: "Changed meanwhile" });
    expect(changes.textContent).toContain("StatusProven betterBeing deployed");
    expect(changes.textContent).toContain("Approved bynobodyrea");
    expect(within(asked).getByText("There is nothing left to do here.")).toBeTruthy();
    expect(within(asked).queryByRole("button", { name: /Reject/ })).toBeNull();
    const close = within(asked).getAllByRole("button", { name: "Close" }).at(-1) as HTMLElement;
    await waitFor(() => expect(document.activeElement).toBe(close));
    await at.user.click(close);
    expect(at.server.details[0]?.version.status).toBe("deploying");
    expect(screen.getAllByText("Being deployed").length).toBeGreaterThan(0);
  });

  it("that is still possible is done on what there is now, once that was seen", async () => {
    const at = lead((server) => server.version(4, { status: "trial", deeds: ["roll_back"] }));
    await open(at);
    const asked = await asks(at, "Roll back");
    at.server.change(4, { status: "live", share: 1 });
    await at.user.type(within(asked).getByLabelText("Reason"), "it is rude");
    await at.user.click(within(asked).getByRole("button", { name: "Roll back" }));
    await within(asked).findByRole("region", { name: "Changed meanwhile" });
    expect(asked.textContent).toContain("the model before it");
    await at.user.click(within(asked).getByRole("button", { name: "Roll back as it is now" }));
    await waitFor(() => expect(at.server.details[0]?.version.status).toBe("rolled_back"));
    const sent = at.server.askedFor("POST", "/models/versions/4/roll_back");
    expect(sent.map(({ body }) => body.seen)).toEqual(["trial", "live"]);
    expect(sent[1]?.body.reason).toBe("it is rude");
  });

  it("whose answer is lost is done once: a second attempt shows that it is", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Approve");
    at.server.loseAnswer(APPROVE);
    await at.user.click(within(asked).getByRole("button", { name: "Approve" }));
    expect(await within(asked).findByText(/cannot be reached/)).toBeTruthy();
    await at.user.click(within(asked).getByRole("button", { name: "Approve" }));
    expect(await within(asked).findByText("There is nothing left to do here.")).toBeTruthy();
    expect(asked.textContent).toContain("Approved bynobodylea");
    expect(at.server.details[0]?.version.status).toBe("deploying");
  });

  it("that the server refuses says why, and leaves what was written", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Approve");
    const why = "Its dataset holds conversations that were withdrawn.";
    at.server.instead.set(APPROVE, () => refused(409, "not_possible", why));
    await at.user.type(within(asked).getByLabelText("Reason – optional"), "kept");
    await at.user.click(within(asked).getByRole("button", { name: "Approve" }));
    expect(await within(asked).findByText(why)).toBeTruthy();
    expect(within(asked).getByText("It is as you saw it.")).toBeTruthy();
    expect(within(asked).getByLabelText("Reason – optional")).toHaveProperty("value", "kept");
  });

  it("steps back while somebody has to sign in again, with what was written", async () => {
    const at = passed();
    await open(at);
    const asked = await asks(at, "Reject");
    await at.user.type(within(asked).getByLabelText("Reason"), "no good");
    at.authentication.who = null;
    await at.user.click(within(asked).getByRole("button", { name: "Reject" }));
    await at.user.type(await screen.findByLabelText("Password"), "Right-1-right");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
