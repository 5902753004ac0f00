import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Schemas } from "../../live/http";
import { refused } from "../../live/http_stand_in";
import { violations } from "../../test_accessibility";
import { type Bench, clearBench, lead, openReview, passes, row } from "../test_bench";

afterEach(clearBench);

const dialog = () => screen.findByRole("dialog");
const withdraws = async (at: Bench, id: string) => {
  await at.user.type(await screen.findByLabelText("Conversation’s id"), id);
  await at.user.type(screen.getByLabelText("Reason – optional"), "by e-mail");
  await at.user.click(screen.getByRole("button", { name: "Withdraw …" }));
};
const confirms = async (at: Bench) => {
  await at.user.click(within(await dialog()).getByRole("checkbox"));
  await at.user.click(within(await dialog()).getByRole("button", { name: "Withdraw" }));
};

describe("withdrawals", () => {
  it("are confirmed first, after it was said what they do", async () => {
    const at = lead();
    await openReview(at, "/review/withdrawals");
    await withdraws(at, " c-1 ");
    const asked = await dialog();
    expect(asked.textContent).toContain("Conversation c-1");
    expect(asked.textContent).toContain("This cannot be undone.");
    await at.user.click(within(asked).getByRole("button", { name: "Withdraw" }));
    expect(within(asked).getByText("Confirm it here first.")).toBeTruthy();
    expect(at.server.askedFor("POST", "/review/withdrawals")).toEqual([]);
    await at.user.click(within(asked).getByRole("checkbox"));
    await at.user.click(within(asked).getByRole("button", { name: "Withdraw" }));
    expect(await screen.findByText("Conversation c-1 is withdrawn")).toBeTruthy();
    expect(at.server.askedFor("POST", "/review/withdrawals")[0]?.body).toEqual({
      conversation_id: "c-1",
      reason: "by e-mail",
    });
    const listed = await row("Withdrawn conversations", /c-1/);
    for (const words of ["by e-mail", "version 1", "tuned-1"]) {
      expect(listed.textContent).toContain(words);
    }
  });

  it("of what is no id are not even asked for", async () => {
    const at = lead();
    await openReview(at, "/review/withdrawals");
    await withdraws(at, "Ada Miller, Monday");
    expect(await screen.findByText("This is no conversation’s id.")).toBeTruthy();
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("step back while the sign-in that has run out is asked for, and lose nothing", async () => {
    const at = lead();
    await openReview(at, "/review/withdrawals");
    await withdraws(at, "c-1");
    await at.user.click(within(await dialog()).getByRole("checkbox"));
    at.authentication.who = null;
    await at.user.click(within(await dialog()).getByRole("button", { name: "Withdraw" }));
    expect(await screen.findByText(/Your sign-in has run out/)).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await at.user.type(screen.getByLabelText("Password"), "Right-1-right{Enter}");
    await at.user.click(within(await dialog()).getByRole("button", { name: "Withdraw" }));
    expect(await screen.findByText("Conversation c-1 is withdrawn")).toBeTruthy();
  });
});

describe("what a withdrawal does", () => {
  it("is said before it does it: what goes, when, and what stays", async () => {
    const at = lead();
    await openReview(at, "/review/withdrawals");
    await withdraws(at, "c-1");
    const told = (await dialog()).textContent ?? "";
    for (const words of [
      /Goes at once.*questions and answers.*corrections/,
      /Goes by itself.*until then answers may cite them/,
      /files of labelling jobs.*a job of Ground Truth shows it until then/,
      /Stays.*Datasets that are built and models trained on them/,
      /The conversation itself.*until their retention is over/,
    ]) {
      expect(told).toMatch(words);
    }
    expect(await violations(document.body)).toEqual([]);
  });

  it.each([
    [
      "the knowledge base still holds an article",
      { left: ["a-1"], problem: "The knowledge base may still hold it: throttled" },
      "Conversation c-1 is withdrawn, but answers may still cite it",
      /the article a-1.*The knowledge base may still hold it: throttled\.$/,
    ],
    [
      "its data source is not synchronized yet",
      { until_sync: ["a-1", "a-2"] },
      "Conversation c-1 is withdrawn, but answers may still cite it",
      /the articles a-1, a-2.*until the next synchronization.*Start one now\.$/,
    ],
    [
      "files of a job hold it",
      { in_jobs: ["job-7"] },
      "Conversation c-1 is withdrawn",
      /Files of the labelling job job-7 still hold it/,
    ],
  ])("is no success without reserve while %s", async (_, left, header, words) => {
    const at = lead((server) => {
      server.left = left;
    });
    await openReview(at, "/review/withdrawals");
    await withdraws(at, "c-1");
    await confirms(at);
    const told = await screen.findByText(header);
    const alert = told.closest<HTMLElement>("[class*=awsui_alert_]") ?? document.body;
    expect(alert.className).not.toContain("type-success");
    expect(within(alert).getByText(words)).toBeTruthy();
    expect((await row("Withdrawn conversations", /c-1/)).textContent).toMatch(
      /still (cite|hold)|may cite/,
    );
  });

  it("says what the server says where it breaks off", async () => {
    const at = lead();
    at.server.instead.set("POST /review/withdrawals", () =>
      refused(503, "busy", "It is recorded, but what it is about is being changed right now."),
    );
    await openReview(at, "/review/withdrawals");
    await withdraws(at, "c-1");
    await confirms(at);
    expect(await within(await dialog()).findByText(/^It is recorded, but/)).toBeTruthy();
  });

  it("is complete on the page, too, once it is", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = lead((server) => {
      server.left = { left: ["a-1"] };
    });
    await openReview(at, "/review/withdrawals");
    await withdraws(at, "c-1");
    await confirms(at);
    expect(await screen.findByText(/withdrawn, but answers may still cite it/)).toBeTruthy();
    at.server.withdrawals = at.server.withdrawals.map((one) => ({ ...one, left: [] }));
    await passes(11_000);
    expect(await screen.findByText("Conversation c-1 is withdrawn")).toBeTruthy();
    const asked = at.server.asked.length;
    await passes(120_000);
    expect(at.server.asked).toHaveLength(asked);
  });
});

describe("a list of withdrawals that is long", () => {
  const withdrawal = (number: number): Schemas["WithdrawalView"] => ({
    conversation_id: `c-${number}`,
    at: "2026-11-20T10:00:00Z",
    by: "lea",
    reason: "",
    datasets: [],
    models: [],
    left: [],
    problem: "",
    until_sync: [],
    in_jobs: [],
  });

  it("is read piece by piece, and a new one stands on top", async () => {
    const at = lead((server) => {
      server.listed = 3;
      server.withdrawals = [1, 2, 3, 4, 5].map(withdrawal);
    });
    await openReview(at, "/review/withdrawals");
    await row("Withdrawn conversations", /c-3/);
    expect(screen.queryByText("c-4")).toBeNull();
    await withdraws(at, "c-9");
    await confirms(at);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await at.user.click(screen.getByRole("button", { name: "Show more" }));
    await row("Withdrawn conversations", /c-5/);
    const rows = within(screen.getByRole("table", { name: "Withdrawn conversations" }))
      .getAllByRole("row")
      .slice(1)
      .map((one) => /^c-\d/.exec(one.textContent)?.[0]);
    expect(rows).toEqual(["c-9", "c-1", "c-2", "c-3", "c-4", "c-5"]);
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });
});
