import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { refused } from "../../live/http_stand_in";
import { violations } from "../../test_accessibility";
import { heard, passes } from "../../test_page";
import { type Bench, bench, clearBench, openModels, thePair } from "../test_bench";

afterEach(clearBench);

function withPairs(count: number): Bench {
  return bench((server) => {
    for (let number = 1; number <= count; number++) server.pair(`${number}`);
  });
}

const open = (at: Bench) => openModels(at, "/models/compare");
const thePairShown = () => screen.findByRole("region", { name: "Pair" });
const radio = (name: string) => screen.getByRole("radio", { name });
const CHOOSE = "POST /models/compare/choose";

describe("a pair", () => {
  it("is shown with question, what was said before and both answers, as text", async () => {
    const at = bench((server) =>
      server.pair("1", {
        question: "<b>Why?</b>",
        first: "<img src=x onerror=alert(1)>",
        second: "[link](https://a.example) مرحبا",
        context: [{ author: "expert", text: "A *word*." }],
      }),
    );
    await open(at);
    const pair = await thePairShown();
    for (const text of ["<b>Why?</b>", "<img src=x onerror=alert(1)>", "A *word*.", "Expert"]) {
      expect(pair.textContent).toContain(text);
    }
    expect(pair.querySelector("b, img, a, em")).toBeNull();
    expect(within(pair).getByText(/مرحبا/).getAttribute("dir")).toBe("auto");
  });

  it("does not tell which answer is whose", async () => {
    const at = withPairs(1);
    await open(at);
    const pair = await thePairShown();
    expect(document.body.innerHTML).not.toMatch(/candidate|version 4|live model/i);
    expect(
      within(pair)
        .getAllByRole("heading")
        .map((one) => one.textContent),
    ).toEqual(["Question", "Answer 1", "Answer 2"]);
  });

  it("has the focus, so that its text is read and scrolled at once", async () => {
    const at = withPairs(2);
    await open(at);
    await thePair("Question 1?");
    expect(document.activeElement).toBe(await thePairShown());
    await at.user.keyboard("2{Enter}");
    await thePair("Question 2?");
    expect(document.activeElement).toBe(await thePairShown());
  });

  it("breaks no rule of accessibility", async () => {
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    await at.user.keyboard("{Enter}");
    expect(await violations(document.body)).toEqual([]);
  });
});

describe("the keyboard", () => {
  it("compares one pair after the other", async () => {
    const at = withPairs(8);
    await open(at);
    const keys = ["1", "2", "3", "0"];
    for (let number = 1; number <= 8; number++) {
      await screen.findByText(`Question ${number}?`);
      for (const key of [keys[number % 4] ?? "", "Enter"]) {
        fireEvent.keyDown(document.activeElement ?? document.body, { key });
      }
    }
    expect(await screen.findByText("Nothing to compare right now")).toBeTruthy();
    const round = ["second", "same", "same", "first"];
    expect(at.server.choices).toEqual([...round, ...round]);
  });

  it("changes a choice before it is confirmed", async () => {
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    await at.user.keyboard("12");
    expect(radio("2 Answer 2 is better")).toHaveProperty("checked", true);
    expect(at.server.chosen).toEqual([]);
  });

  it("confirms nothing before something is chosen, and says so", async () => {
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    await at.user.keyboard("{Enter}");
    expect((await screen.findByRole("alert")).textContent).toBe("Choose first: 1, 2 or 3.");
    expect(at.server.chosen).toEqual([]);
    await at.user.keyboard("1");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("is no way to choose for a pair that was not seen", async () => {
    const at = withPairs(2);
    await open(at);
    await thePair("Question 1?");
    const go = at.server.hold(CHOOSE);
    await at.user.keyboard("1{Enter}2{Enter}");
    expect(screen.getByRole("region", { name: "Next pair" }).textContent).toContain(
      "Answer 1 is better.",
    );
    await act(async () => go());
    await thePair("Question 2?");
    for (const one of screen.getAllByRole("radio")) expect(one).toHaveProperty("checked", false);
    expect(at.server.choices).toEqual(["first"]);
  });

  it("sends what is confirmed once, however often Enter is pressed", async () => {
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    const go = at.server.hold(CHOOSE);
    await at.user.keyboard("1{Enter}{Enter}{Enter}");
    await act(async () => go());
    expect(await screen.findByText("Nothing to compare right now")).toBeTruthy();
    expect(at.server.askedFor("POST", "/models/compare/choose")).toHaveLength(1);
  });

  it("is told by ?, and its single keys can be switched off, for the review as well", async () => {
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    await at.user.keyboard("?");
    const told = await screen.findByRole("dialog");
    expect(told.textContent).toContain("Answer 1 is better");
    await at.user.keyboard("2");
    expect(radio("2 Answer 2 is better")).toHaveProperty("checked", false);
    await at.user.click(within(told).getByRole("checkbox", { name: "Single keys" }));
    await at.user.click(within(told).getByRole("button", { name: "Close" }));
    await at.user.keyboard("1");
    expect(radio("1 Answer 1 is better")).toHaveProperty("checked", false);
    expect(localStorage.getItem("tandem.review.keys")).toBe("off");
    await at.user.click(radio("1 Answer 1 is better"));
    await at.user.keyboard("{Enter}");
    await waitFor(() => expect(at.server.choices).toEqual(["first"]));
  });

  it("leaves Enter to the link that has the focus", async () => {
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    await at.user.keyboard("1");
    screen.getByRole("link", { name: "Models" }).focus();
    await at.user.keyboard("{Enter}");
    expect(at.server.chosen).toEqual([]);
  });
});

it("a click chooses, another one confirms", async () => {
  const at = withPairs(2);
  await open(at);
  await thePair("Question 1?");
  await at.user.click(radio("3 No difference"));
  await at.user.click(screen.getByRole("button", { name: "Confirm (Enter)" }));
  await thePair("Question 2?");
  expect(at.server.chosen).toEqual([{ version: 4, pair_id: "1", choice: "same" }]);
});

it("who does not see the page hears of each pair, what was chosen and that it is saved", async () => {
  const at = withPairs(2);
  await open(at);
  await thePair("Question 1?");
  await waitFor(() => expect(heard()).toContain("New pair, 2 left."), { timeout: 4000 });
  await at.user.keyboard("2");
  await waitFor(() => expect(heard()).toContain("Answer 2 is better. Enter confirms."), {
    timeout: 4000,
  });
  await at.user.keyboard("{Enter}");
  await waitFor(
    () => expect(heard()).toContain("Answer 2 is better: saved. New pair, the last one."),
    { timeout: 4000 },
  );
});

describe("progress", () => {
  it("is shown, of oneself and of all", async () => {
    const at = withPairs(3);
    await open(at);
    await thePair("Question 1?");
    await at.user.keyboard("1{Enter}");
    await thePair("Question 2?");
    expect(screen.getByLabelText("Progress").textContent).toBe("By you1In all1 of 3");
  });

  it("ends in what comes next, and the next pair comes by itself", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = bench();
    await open(at);
    const nothing = await screen.findByRole("heading", { name: "Nothing to compare right now" });
    expect(nothing).toBeTruthy();
    at.server.pair("9");
    await passes(25_000);
    await thePair("Question 9?");
    await passes(3_000);
    expect(heard()).toContain("There is a new pair.");
  });

  it("says that others have the rest", async () => {
    const at = bench();
    at.server.instead.set("POST /models/compare/next", () => ({
      status: 200,
      body: { pair: null, progress: { done: 45, pairs: 47, mine: 20 } },
    }));
    await open(at);
    expect(await screen.findByText(/The last 2 pairs are before other reviewers/)).toBeTruthy();
  });
});

describe("the time a pair is held", () => {
  it("is prolonged by signs of life before it is over", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = bench((server) => {
      server.hold_seconds = 60;
      server.pair("1");
    });
    await open(at);
    await thePair("Question 1?");
    await passes(59_000);
    const signs = at.server.askedFor("POST", "/models/compare/heartbeat");
    expect(signs.length).toBeGreaterThanOrEqual(2);
    expect(signs[0]?.body).toEqual({ version: 4, pair_id: "1" });
  });

  it.each([
    ["ahead", -3_600_000],
    ["behind", 3_600_000],
  ])("is prolonged in time, and not all the time, where this clock is %s", async (_, off) => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = bench((server) => {
      server.hold_seconds = 300 + off / 1000;
      server.pair("1");
    });
    await open(at);
    await thePair("Question 1?");
    await passes(240_000);
    const signs = at.server.askedFor("POST", "/models/compare/heartbeat").length;
    expect(signs).toBeGreaterThanOrEqual(3);
    expect(signs).toBeLessThan(60);
  });

  it("ends when nobody is there any more", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    await passes(15 * 60_000);
    const before = at.server.askedFor("POST", "/models/compare/heartbeat").length;
    await passes(15 * 60_000);
    expect(at.server.askedFor("POST", "/models/compare/heartbeat")).toHaveLength(before);
  });

  it("that is over is said at the next sign of life, and the next pair comes", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = withPairs(2);
    await open(at);
    await thePair("Question 1?");
    await at.user.keyboard("1");
    at.server.pairs.shift();
    await passes(61_000);
    await thePair("Question 2?");
    expect(screen.getByText("The last pair is not yours any more")).toBeTruthy();
    for (const one of screen.getAllByRole("radio")) expect(one).toHaveProperty("checked", false);
  });
});

it("a pair that went to somebody else is said when it is confirmed, and nothing is chosen", async () => {
  const at = withPairs(2);
  await open(at);
  await thePair("Question 1?");
  at.server.pairs.shift();
  await at.user.keyboard("1{Enter}");
  await thePair("Question 2?");
  expect(screen.getByText(/before somebody else by now/)).toBeTruthy();
  expect(at.server.chosen).toEqual([]);
});

describe("a server that is not reached", () => {
  it("loses no choice: it is said, tried again by itself, and stored once", async () => {
    const at = withPairs(2);
    await open(at);
    await thePair("Question 1?");
    at.server.reachable = false;
    await at.user.keyboard("2{Enter}");
    expect(await screen.findByText("Your choice is not saved yet")).toBeTruthy();
    expect(radio("2 Answer 2 is better")).toHaveProperty("checked", true);
    at.server.reachable = true;
    await thePair("Question 2?");
    expect(screen.queryByText("Your choice is not saved yet")).toBeNull();
    expect(at.server.choices).toEqual(["second"]);
  });

  it("is tried again with what is chosen then", async () => {
    const at = withPairs(2);
    await open(at);
    await thePair("Question 1?");
    at.server.instead.set(CHOOSE, () => refused(503, "busy", "Too many at once."));
    await at.user.keyboard("1{Enter}");
    expect(await screen.findByText(/Too many at once/)).toBeTruthy();
    at.server.instead.clear();
    await at.user.keyboard("2{Enter}");
    await thePair("Question 2?");
    expect(at.server.choices).toEqual(["second"]);
  });

  it("at first is said, and tried again", async () => {
    const at = withPairs(1);
    at.server.reachable = false;
    await open(at);
    expect(await screen.findByText("The server is not reached")).toBeTruthy();
    at.server.reachable = true;
    await at.user.click(screen.getByRole("button", { name: "Try again now" }));
    await thePair("Question 1?");
  });

  it("that says no leaves the pair and the choice", async () => {
    const at = withPairs(1);
    await open(at);
    await thePair("Question 1?");
    at.server.instead.set(CHOOSE, () => refused(400, "invalid", "This is no choice."));
    await at.user.keyboard("3{Enter}");
    expect(await screen.findByText("This is no choice.")).toBeTruthy();
    await thePair("Question 1?");
    expect(radio("3 No difference")).toHaveProperty("checked", true);
  });
});

it("a choice outlives a sign-in that runs out, and is sent after the next one", async () => {
  const at = withPairs(2);
  await open(at);
  await thePair("Question 1?");
  at.authentication.who = null;
  await at.user.keyboard("1{Enter}");
  expect(await screen.findByText(/Your sign-in has run out/)).toBeTruthy();
  fireEvent.keyDown(document.body, { key: "2" }); // nothing of the page listens
  at.authentication.steps = [{ kind: "signed_in" }];
  await at.user.type(screen.getByLabelText("Password"), "Right-1-right{Enter}");
  await waitFor(() => expect(at.server.choices).toEqual(["first"]));
});
