import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { Schemas } from "../../live/http";
import { ok, refused } from "../../live/http_stand_in";
import { candidateView } from "../../live/review_stand_in";
import { violations } from "../../test_accessibility";
import { clearBench, lead, openReview, row } from "../test_bench";

afterEach(clearBench);

function reviewer(
  name: string,
  change: Partial<Schemas["ReviewerFigures"]> = {},
): Schemas["ReviewerFigures"] {
  return {
    reviewer: name,
    name: `${name} Li`,
    standing: "counted",
    by: "statistics",
    because: "",
    ratings: 40,
    overlap: 30,
    bias: -0.25,
    correlation: 0.81,
    median_seconds: 14.2,
    ...change,
  };
}

const dialog = () => screen.findByRole("dialog");

describe("the overview", () => {
  it("says what agreement there is, how sure that is, and what it means", async () => {
    const at = lead((server) => {
      server.overview.agreement = { alpha: 0.71, low: 0.63, high: 0.78, items: 214, ratings: 466 };
    });
    await openReview(at, "/review/overview");
    expect(await screen.findByText("0.71")).toBeTruthy();
    expect(screen.getByText("95 % interval 0.63 to 0.78")).toBeTruthy();
    expect(screen.getByText("Tentative")).toBeTruthy();
    expect(screen.getByText(/Of 214 items with two ratings or more/)).toBeTruthy();
  });

  it("shows how each reviewer rates, and whether it counts and why", async () => {
    const at = lead((server) => {
      server.overview.reviewers = [
        reviewer("bo"),
        reviewer("ian", { standing: "set_aside", because: "correlation 0.04", bias: null }),
      ];
    });
    await openReview(at, "/review/overview");
    const bo = await row("Reviewers", /bo Li/);
    for (const words of ["40", "30", "−0.25", "0.81", "14 s", "Counted"]) {
      expect(bo.textContent).toContain(words);
    }
    const ian = await row("Reviewers", /ian Li/);
    expect(ian.textContent).toContain("Set asideBy statistics: correlation 0.04");
  });

  it("sets a reviewer aside with a reason, and says how many labels changed", async () => {
    const at = lead((server) => {
      server.overview.reviewers = [reviewer("bo")];
    });
    await openReview(at, "/review/overview");
    await at.user.click(await screen.findByRole("button", { name: "Set aside … bo Li" }));
    const asked = await dialog();
    expect(asked.textContent).toContain("No label counts bo Li’s ratings any more");
    await at.user.click(within(asked).getByRole("button", { name: "Set aside" }));
    expect(within(asked).getByText("Say why.")).toBeTruthy();
    await at.user.type(within(asked).getByLabelText("Why"), "reads nothing");
    await at.user.click(within(asked).getByRole("button", { name: "Set aside" }));
    const said = "bo Li’s ratings are set aside. 3 labels were made anew.";
    expect((await screen.findAllByText(said)).length).toBeGreaterThan(0);
    expect(at.server.askedFor("POST", "/review/standing")[0]?.body).toEqual({
      reviewer: "bo",
      standing: "set_aside",
      note: "reads nothing",
    });
    expect((await row("Reviewers", /bo Li/)).textContent).toContain("By a lead: reads nothing");
  });

  it("says of each job how far it is, and why it failed", async () => {
    const at = lead((server) => {
      server.overview.jobs = [
        {
          name: "job-7",
          backend: "ground_truth",
          status: "failed",
          created_at: "2026-11-20T10:00:00Z",
          deadline: "2026-12-04T10:00:00Z",
          ended_at: "2026-11-21T10:00:00Z",
          candidates: 40,
          labeled: 0,
          returned: 40,
          open: null,
          reason: "no access to the manifest",
        },
      ];
    });
    await openReview(at, "/review/overview");
    const job = await row("Labelling jobs", /job-7/);
    for (const words of ["SageMaker Ground Truth", "Failed", "no access to the manifest", "40"]) {
      expect(job.textContent).toContain(words);
    }
  });

  it("says what became of the labels", async () => {
    const at = lead((server) => {
      server.overview.datasets = [
        {
          version: 3,
          uri: "s3://bucket/datasets/3/",
          counts: { ratings: 398, "ratings/train": 310, "ratings/test": 88, preferences: 44 },
          built_at: "2026-11-21T10:00:00Z",
          models: ["tuned-1", "tuned-2"],
          test_series: 2,
          shortcomings: [
            "The test has 9 ratings of 4 topics: count up `dataset.test_series` to draw the next.",
          ],
        },
      ];
    });
    await openReview(at, "/review/overview");
    const dataset = await row("Datasets and models", /tuned-1/);
    for (const words of [
      "3",
      "Ratings: 398 (train 310, test 88)",
      "Preferences: 44",
      "tuned-1, tuned-2",
    ]) {
      expect(dataset.textContent).toContain(words);
    }
  });

  it("says what the newest dataset is too small for, and what to do about it", async () => {
    const at = lead((server) => {
      const dataset = (version: number, shortcomings: string[]) => ({
        version,
        uri: `s3://bucket/datasets/${version}/`,
        counts: {},
        built_at: "2026-11-21T10:00:00Z",
        models: [],
        test_series: 2,
        shortcomings,
      });
      server.overview.datasets = [
        dataset(2, ["Few rows: count up `dataset.test_series` in the policy."]),
        dataset(1, ["Of long ago."]),
      ];
    });
    await openReview(at, "/review/overview");
    const told = await screen.findByRole("region", { name: "Shortcomings" });
    expect(told.textContent).toBe(
      "What version 2 is too small forFew rows: count up dataset.test_series in the policy.",
    );
    expect(told.querySelector("code")?.textContent).toBe("dataset.test_series");
    expect(await violations(document.body)).toEqual([]);
  });

  it("starts a labelling job now, or says why not", async () => {
    const at = lead((server) => {
      server.overview.candidates = { ...server.overview.candidates, waiting: 17 };
    });
    await openReview(at, "/review/overview");
    const start = await screen.findByRole("button", { name: "Start labelling now" });
    await at.user.click(start);
    expect((await screen.findAllByText(/starts in a moment.*17/)).length).toBeGreaterThan(0);
    at.server.instead.set("POST /review/labeling", () =>
      refused(409, "nothing_waits", "Nothing waits for labelling."),
    );
    await at.user.click(start);
    expect((await screen.findAllByText("Nothing waits for labelling.")).length).toBeGreaterThan(0);
  });

  it("leads to what is to be decided", async () => {
    const at = lead((server) => {
      server.overview.candidates = { ...server.overview.candidates, flagged: 2 };
      server.candidates = [candidateView("f1", { status: "flagged" })];
    });
    await openReview(at, "/review/overview");
    await at.user.click(await screen.findByRole("link", { name: "Flagged: 2" }));
    expect(location.pathname + location.search).toBe("/review/disagreements?list=flagged");
    expect(await screen.findByText("Question f1?")).toBeTruthy();
  });

  it("that cannot be read says so, and is read again", async () => {
    const at = lead();
    at.server.instead.set("GET /review/overview", () => refused(503, "busy", "Too busy."));
    await openReview(at, "/review/overview");
    expect(await screen.findByText("It could not be read")).toBeTruthy();
    at.server.instead.clear();
    await at.user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Not known yet")).toBeTruthy();
  });

  it("breaks no rule of accessibility", async () => {
    const at = lead((server) => {
      server.overview.reviewers = [reviewer("bo")];
    });
    await openReview(at, "/review/overview");
    await row("Reviewers", /bo Li/);
    expect(await violations(document.body)).toEqual([]);
  });
});

describe("what is to be decided", () => {
  const disagreed = (id: string) =>
    candidateView(id, {
      answer: "<b>bold</b>",
      ratings: [
        {
          reviewer: "bo",
          name: "Bo Li",
          rating: 5,
          reason: "says all",
          better_answer: "",
          counted: true,
          at: "2026-11-21T10:00:00Z",
        },
        {
          reviewer: "ian",
          name: "",
          rating: 1,
          reason: "",
          better_answer: "Better so.",
          counted: false,
          at: "2026-11-21T10:00:00Z",
        },
      ],
    });

  it("is shown with each rating, by whom, and why", async () => {
    const at = lead((server) => {
      server.disagreements = [disagreed("1")];
    });
    await openReview(at, "/review/disagreements");
    const card = await screen.findByRole("article", { name: /Question 1/ });
    expect(card.textContent).toContain("<b>bold</b>");
    expect(card.querySelector("b")).toBeNull();
    for (const words of ["Bo Li", "says all", "ian", "set aside", "Better so.", "a-model"]) {
      expect(card.textContent).toContain(words);
    }
  });

  it("is labelled by the lead's rating, and the next one gets the focus", async () => {
    const at = lead((server) => {
      server.disagreements = [disagreed("1"), disagreed("2")];
    });
    await openReview(at, "/review/disagreements");
    const card = await screen.findByRole("article", { name: /Question 1/ });
    await at.user.click(within(card).getByRole("button", { name: "Label it" }));
    expect(within(card).getByText("Choose the rating first.")).toBeTruthy();
    await at.user.click(within(card).getByRole("button", { name: "4 – Relevant" }));
    await at.user.type(within(card).getByLabelText("Note – optional"), "complete enough");
    await at.user.click(within(card).getByRole("button", { name: "Label it" }));
    await waitFor(() => expect(screen.queryByText("Question 1?")).toBeNull());
    expect(at.server.askedFor("POST", "/review/adjudicate")[0]?.body).toEqual({
      candidate_id: "1",
      decision: "label",
      rating: 4,
      note: "complete enough",
    });
    const next = screen.getByRole("article", { name: /Question 2/ });
    await waitFor(() => expect(document.activeElement).toBe(next));
  });

  it("is told to count later where a test holds it as it was", async () => {
    const at = lead((server) => {
      server.disagreements = [disagreed("1"), disagreed("2")];
    });
    at.server.instead.set("POST /review/adjudicate", () =>
      ok(candidateView("1", { status: "discarded", in_test_series: 3 })),
    );
    await openReview(at, "/review/disagreements");
    const card = await screen.findByRole("article", { name: /Question 1/ });
    await at.user.click(within(card).getByRole("button", { name: "Discard it" }));
    await waitFor(() => expect(screen.queryByText("Question 1?")).toBeNull());
    expect(screen.getAllByText(/\(series 3\).*counts from the next series on/)).not.toEqual([]);
    at.server.instead.clear();
    const other = screen.getByRole("article", { name: /Question 2/ });
    await at.user.click(within(other).getByRole("button", { name: "Discard it" }));
    await waitFor(() => expect(screen.queryByText("Question 2?")).toBeNull());
    expect(screen.queryByText(/counts from the next series on/)).toBeNull();
  });

  it.each([
    ["Let it be rated again", "return"],
    ["Discard it", "discard"],
  ])("%s", async (button, decision) => {
    const at = lead((server) => {
      server.candidates = [
        candidateView("g", { status: "given_up", returns: ["job-1: nobody rated it in time"] }),
      ];
    });
    await openReview(at, "/review/disagreements?list=given_up");
    expect(await screen.findByText("job-1: nobody rated it in time")).toBeTruthy();
    await at.user.click(screen.getByRole("button", { name: button }));
    expect(await screen.findByText("Nothing was given up.")).toBeTruthy();
    expect(at.server.askedFor("POST", "/review/adjudicate")[0]?.body).toMatchObject({
      decision,
      rating: null,
    });
  });

  it("that is refused stays, with the reason and what was written", async () => {
    const at = lead((server) => {
      server.disagreements = [disagreed("1")];
    });
    at.server.instead.set("POST /review/adjudicate", () =>
      refused(409, "decided", "Somebody has decided it."),
    );
    await openReview(at, "/review/disagreements");
    await at.user.type(await screen.findByLabelText("Note – optional"), "mine");
    await at.user.click(screen.getByRole("button", { name: "Discard it" }));
    expect(await screen.findByText("Somebody has decided it.")).toBeTruthy();
    expect(screen.getByLabelText("Note – optional")).toHaveProperty("value", "mine");
  });

  it("keeps its list in the address", async () => {
    const at = lead((server) => {
      server.candidates = [candidateView("f1", { status: "flagged", note: "flagged: a name" })];
    });
    await openReview(at, "/review/disagreements");
    await at.user.click(await screen.findByRole("button", { name: "Flagged" }));
    expect(await screen.findByText("flagged: a name")).toBeTruthy();
    expect(location.search).toBe("?list=flagged");
  });
});
