import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Schemas } from "../../live/http";
import { ok, refused } from "../../live/http_stand_in";
import type { ModelsStandIn } from "../../live/models_stand_in";
import { violations } from "../../test_accessibility";
import { passes, row } from "../../test_page";
import { clearBench, dialog, lead, openModels } from "../test_bench";

afterEach(clearBench);

const PASSED: Schemas["Verdict"] = {
  passed: true,
  decided_at: "2026-11-21T10:00:00Z",
  checks: [
    { name: "judged", passed: true, said: "The judge expects more.", observed: 0.45, bound: 0.31 },
    { name: "kl", passed: true, said: "It has moved 1.9 nats.", observed: 1.9, bound: 5 },
  ],
};

function inTrial(server: ModelsStandIn, change: Partial<Schemas["TrialView"]> = {}) {
  server.version(4, {
    status: "trial",
    share: 0.1,
    deeds: ["promote", "roll_back"],
    untried: !change.evidence_not_worse,
  });
  server.version(3, { status: "live", share: 0.9, deeds: ["roll_back"] });
  server.live = { model_id: "tandem-v3", version: 3, share: 0.9, reward_model: true };
  server.candidate = { model_id: "tandem-v4", version: 4, share: 0.1, reward_model: true };
  server.trial = {
    since: "2026-11-23T10:00:00Z",
    share: 0.1,
    figures: {
      candidate_conversations: 63,
      candidate_bad: 9,
      live_conversations: 580,
      live_bad: 87,
    },
    evidence_worse: 0.7,
    worse_at: 20,
    evidence_not_worse: 4.6,
    not_worse_at: 20,
    minimum_conversations: 100,
    ...change,
  };
}

function run(change: Partial<Schemas["RunView"]> = {}): Schemas["RunView"] {
  return {
    name: "tandem-0f3a-d5",
    dataset_version: 5,
    ratings: 500,
    method: "auto",
    asked_by: "policy",
    status: "registered",
    started_at: "2026-11-22T10:00:00Z",
    ended_at: "2026-11-22T11:00:00Z",
    seconds: 2712,
    reason: "",
    version: 4,
    ...change,
  };
}

const liveModels = () => screen.findByRole("list", { name: "Models that answer" });

describe("what is live", () => {
  it("is said with its share, also of a model that was not trained here", async () => {
    await openModels(lead());
    const live = await liveModels();
    expect(live.textContent).toContain("100%");
    expect(live.textContent).toContain("a model that was not trained here");
    expect(live.textContent).toContain("amazon.nova-lite-v1:0");
    expect(screen.queryByRole("button", { name: /Roll back/ })).toBeNull();
  });

  it("is said beside the candidate in a trial", async () => {
    await openModels(lead(inTrial));
    const live = await liveModels();
    for (const words of ["90%", "Version 3", "tandem-v3", "10%", "Version 4", "tandem-v4"]) {
      expect(live.textContent).toContain(words);
    }
  });
});

describe("a trial", () => {
  it("says what customers made of both, and what that proves", async () => {
    await openModels(lead(inTrial));
    const figures = await screen.findByRole("table", { name: "What customers made of it" });
    expect(figures.textContent).toContain("The candidate63 of at least 100914");
    expect(figures.textContent).toContain("The live model5808715");
    expect(screen.getByText("Not decided yet")).toBeTruthy();
    const worse = screen.getByRole("meter", { name: "Evidence that it is worse" });
    expect(worse.getAttribute("aria-valuetext")).toBe("0.7 of 20");
    const not_worse = screen.getByRole("meter", { name: "Evidence that it is not worse" });
    expect(not_worse.getAttribute("aria-valuetext")).toBe("4.6 of 20");
    expect(screen.getByText(/at most 22 of 100 trials/)).toBeTruthy();
  });

  it("of few conversations gives counts, not percentages", async () => {
    const figures = {
      candidate_conversations: 3,
      candidate_bad: 1,
      live_conversations: 0,
      live_bad: 0,
    };
    await openModels(lead((server) => inTrial(server, { figures })));
    const shown = await screen.findByRole("table", { name: "What customers made of it" });
    expect(shown.textContent).toContain("1 of 3");
  });

  it("is ended early with a reason only, and a warning", async () => {
    const at = lead(inTrial);
    await openModels(at);
    await at.user.click(await screen.findByRole("button", { name: "Make live … version 4" }));
    const asked = await dialog();
    expect(asked.textContent).toContain("does not show yet that it is no worse");
    await at.user.click(within(asked).getByRole("button", { name: "Make live" }));
    expect(within(asked).getByText("Say why.")).toBeTruthy();
    expect(at.server.askedFor("POST", "/models/versions/4/promote")).toEqual([]);
    await at.user.type(within(asked).getByLabelText("Reason"), "clearly better");
    await at.user.click(within(asked).getByRole("button", { name: "Make live" }));
    expect((await screen.findAllByText("Version 4 is live.")).length).toBeGreaterThan(0);
    expect(at.server.askedFor("POST", "/models/versions/4/promote")[0]?.body).toEqual({
      seen: "trial",
      reason: "clearly better",
    });
  });

  it("that ends while a lead writes why takes nothing of it away", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = lead(inTrial);
    await openModels(at);
    await at.user.click(await screen.findByRole("button", { name: "Roll back … version 4" }));
    await at.user.type(within(await dialog()).getByLabelText("Reason"), "rude");
    at.server.change(4, { status: "rolled_back", share: 0, deeds: [] });
    Object.assign(at.server, { trial: null, candidate: null });
    await passes(16_000);
    await waitFor(() => expect(screen.queryByText("Trial of version 4")).toBeNull());
    const asked = await dialog();
    expect(within(asked).getByLabelText("Reason")).toHaveProperty("value", "rude");
    await at.user.click(within(asked).getByRole("button", { name: "Roll back" }));
    expect(await within(asked).findByText("There is nothing left to do here.")).toBeTruthy();
  });

  it("that has shown enough is ended without a reason", async () => {
    const at = lead((server) => {
      inTrial(server, { evidence_not_worse: 25, minimum_conversations: 50 });
    });
    await openModels(at);
    await at.user.click(await screen.findByRole("button", { name: "Make live … version 4" }));
    const asked = await dialog();
    expect(within(asked).getByLabelText("Reason – optional")).toBeTruthy();
    await at.user.click(within(asked).getByRole("button", { name: "Make live" }));
    await waitFor(() => expect(at.server.details[1]?.version.status).toBe("live"));
  });
});

it("the live version is rolled back by one button, with a reason", async () => {
  const at = lead(inTrial);
  await openModels(at);
  await at.user.click(await screen.findByRole("button", { name: "Roll back … version 3" }));
  const asked = await dialog();
  await at.user.type(within(asked).getByLabelText("Reason"), "it insults people");
  await at.user.click(within(asked).getByRole("button", { name: "Roll back" }));
  expect((await screen.findAllByText("Version 3 is rolled back.")).length).toBeGreaterThan(0);
  expect(at.server.askedFor("POST", "/models/versions/3/roll_back")[0]?.body).toEqual({
    seen: "live",
    reason: "it insults people",
  });
});

it("a version that answers on until the one before is deployed is not said to be back", async () => {
  const at = lead(inTrial);
  await openModels(at);
  await at.user.click(await screen.findByRole("button", { name: "Roll back … version 3" }));
  const asked = await dialog();
  await at.user.type(within(asked).getByLabelText("Reason"), "it insults people");
  const reason =
    "version 1, which it goes back to, is deployed again first; until then this one answers";
  at.server.instead.set("POST /models/versions/3/roll_back", () =>
    ok(at.server.change(3, { reason, deeds: [] })),
  );
  await at.user.click(within(asked).getByRole("button", { name: "Roll back" }));
  const said = await screen.findAllByText(`Version 3 is not back yet: ${reason}.`);
  expect(said.length).toBeGreaterThan(0);
  expect(screen.queryByText("Version 3 is rolled back.")).toBeNull();
});

describe("the versions", () => {
  it("are listed with what was measured, decided and by whom", async () => {
    const at = lead((server) => {
      server.version(4, {
        status: "live",
        share: 1,
        verdict: PASSED,
        comparison: { pairs: 47, of_questions: 90, done: 47, better: 30, worse: 9, same: 8 },
        approved_by: "lea",
        approved_at: "2026-11-22T10:00:00Z",
      });
      server.version(5, { status: "failed", reason: "No machine was to be had.", heldout: null });
    });
    await openModels(at);
    const live = await row("Versions", /Version 4/);
    for (const words of [
      "Live",
      "100% of the conversations",
      "Reinforcement learning",
      "flan-t5-xl",
      "Dataset version 5",
      "3.41+0.45 against the live model’s 2.96",
      "2 of 2 checks passed",
      "30 better, 9 worse, 8 the same",
      "lea",
    ]) {
      expect(live.textContent).toContain(words);
    }
    const failed = await row("Versions", /Version 5/);
    expect(failed.textContent).toContain("Deployment failedNo machine was to be had.");
  });

  it("that are compared say how far people are, and not what they chose", async () => {
    const at = lead((server) =>
      server.version(4, {
        comparison: { pairs: 47, of_questions: 90, done: 12, better: 11, worse: 1, same: 0 },
      }),
    );
    await openModels(at);
    const shown = await row("Versions", /Version 4/);
    expect(shown.textContent).toContain("12 of 47 pairs or more");
    expect(shown.textContent).not.toContain("11");
  });

  it("that wait for a lead are named above, until one has approved", async () => {
    const at = lead((server) => server.version(4, { status: "passed", deeds: ["approve"] }));
    await openModels(at);
    expect(await screen.findByText("A lead’s approval is waited for")).toBeTruthy();
    at.server.change(4, { approved_by: "rea" });
    await at.user.click(screen.getByRole("button", { name: "Refresh" }));
    await waitFor(() => expect(screen.queryByText("A lead’s approval is waited for")).toBeNull());
  });
});

it("the trainings are listed with what they cost and why they failed", async () => {
  const at = lead((server) => {
    server.runs = [
      run(),
      run({ name: "tandem-0f3a-d6", status: "failed", reason: "Out of memory.", version: null }),
    ];
  });
  await openModels(at);
  const good = await row("Trainings", /tandem-0f3a-d5/);
  for (const words of ["By the policy", "A version came of it", "500 ratings", "45 min 12 s"]) {
    expect(good.textContent).toContain(words);
  }
  expect((await row("Trainings", /tandem-0f3a-d6/)).textContent).toContain("FailedOut of memory.");
});

describe("train now", () => {
  it("says what it does, then that it was asked for", async () => {
    const at = lead();
    await openModels(at);
    await screen.findByText("Live now");
    await at.user.click(screen.getByRole("button", { name: "Train now …" }));
    const asked = await dialog();
    expect(asked.textContent).toContain("nothing goes live by this");
    await at.user.click(within(asked).getByRole("button", { name: "Train now" }));
    expect((await screen.findAllByText(/dataset version 5 starts/)).length).toBeGreaterThan(0);
    expect(at.server.askedFor("POST", "/models/train")).toHaveLength(1);
  });

  it("that is not possible says why", async () => {
    const at = lead((server) => {
      server.cannot_train_because = "A training runs already.";
    });
    await openModels(at);
    await screen.findByText("Live now");
    const button = screen.getByRole("button", { name: "Train now …" });
    expect(button.getAttribute("aria-disabled") ?? button.hasAttribute("disabled")).toBeTruthy();
    button.focus();
    expect(await screen.findByText("A training runs already.")).toBeTruthy();
  });

  it("that became impossible meanwhile says why, in the dialog", async () => {
    const at = lead();
    await openModels(at);
    await screen.findByText("Live now");
    await at.user.click(screen.getByRole("button", { name: "Train now …" }));
    at.server.cannot_train_because = "A training runs already.";
    await at.user.click(within(await dialog()).getByRole("button", { name: "Train now" }));
    expect(await within(await dialog()).findByText("A training runs already.")).toBeTruthy();
  });
});

describe("where nothing was trained yet", () => {
  it("it says what comes first, and what is missing", async () => {
    const at = lead((server) => {
      server.cannot_train_because = "There is no dataset yet.";
    });
    await openModels(at);
    const empty = await screen.findByText(/No model was trained here yet/);
    expect(empty.textContent).toContain("A training starts by itself");
    expect(empty.textContent).toContain("There is no dataset yet.");
    expect(screen.getByRole("link", { name: "How far the review is" })).toBeTruthy();
  });

  it("it says so where the policy starts none", async () => {
    const at = lead((server) => {
      server.automatic = false;
    });
    await openModels(at);
    expect(await screen.findByText(/a lead starts it/)).toBeTruthy();
  });
});

describe("the page", () => {
  it("is read again by itself, sooner while something moves", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = lead((server) => server.version(4, { status: "deploying" }));
    await openModels(at);
    await row("Versions", /Being deployed/);
    at.server.change(4, { status: "live", share: 1 });
    await passes(16_000);
    await row("Versions", /Live/);
    const asked = at.server.askedFor("GET", "/models/overview").length;
    await passes(50_000);
    expect(at.server.askedFor("GET", "/models/overview")).toHaveLength(asked);
    await passes(20_000);
    expect(at.server.askedFor("GET", "/models/overview")).toHaveLength(asked + 1);
  });

  it("that cannot be read says so, and is read again", async () => {
    const at = lead();
    at.server.instead.set("GET /models/overview", () => refused(503, "busy", "Too busy."));
    await openModels(at);
    expect(await screen.findByText("It could not be read")).toBeTruthy();
    at.server.instead.clear();
    await at.user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Live now")).toBeTruthy();
  });

  it("that says no to a lead says why", async () => {
    const at = lead();
    at.server.instead.set("GET /models/overview", () =>
      refused(403, "access_denied", "Only leads may see the models."),
    );
    await openModels(at);
    expect(await screen.findByText("Only leads may see the models.")).toBeTruthy();
  });

  it("breaks no rule of accessibility", async () => {
    const at = lead((server) => {
      inTrial(server);
      server.runs = [run()];
    });
    await openModels(at);
    await row("Versions", /Version 4/);
    await at.user.click(screen.getByRole("button", { name: "What these figures mean" }));
    expect(await violations(document.body)).toEqual([]);
  });
});
