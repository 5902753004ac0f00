import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ok, refused } from "../live/http_stand_in";
import { violations } from "../test_accessibility";
import {
  type Bench,
  bench,
  clearBench,
  heard,
  openReview,
  passes,
  shownItem,
  theItem,
} from "./test_bench";

afterEach(clearBench);

function withItems(count: number): Bench {
  return bench((server) => {
    for (let number = 1; number <= count; number++) server.item(`${number}`);
  });
}

const rated = ({ server }: Bench) =>
  server.done.map((done) => (done.kind === "rated" ? done.rating.rating : done.kind));

describe("an item", () => {
  it("is shown with question, answer and what was said before, as text", async () => {
    const at = bench((server) =>
      server.item("1", {
        question: "<b>Why?</b>",
        answer: "<img src=x onerror=alert(1)> [link](https://a.example)",
        context: [{ author: "customer", text: "مرحبا" }],
      }),
    );
    await openReview(at);
    const item = await shownItem();
    expect(item.textContent).toContain("<b>Why?</b>");
    expect(item.textContent).toContain("[link](https://a.example)");
    expect(item.querySelector("b, img, a")).toBeNull();
    expect(within(item).getByText("مرحبا").getAttribute("dir")).toBe("auto");
    expect(screen.getByText("Customer")).toBeTruthy();
  });

  it("has the focus, so that its text is read and scrolled at once", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    expect(document.activeElement).toBe(await shownItem());
    await at.user.keyboard("5{Enter}");
    await theItem("Question 2?");
    expect(document.activeElement).toBe(await shownItem());
  });

  it("stands beside instructions and examples, which can be folded, which is remembered", async () => {
    const at = withItems(1);
    const page = await openReview(at);
    const guidance = await screen.findByRole("complementary", { name: "Instructions" });
    expect(guidance.textContent).toContain("Rate how well the answer serves the question.");
    expect(guidance.textContent).toContain("About something else.");
    await at.user.keyboard("i");
    expect(screen.queryByRole("complementary")).toBeNull();
    page.unmount();
    await openReview(at);
    await theItem("Question 1?");
    expect(screen.queryByRole("complementary")).toBeNull();
  });

  it("breaks no rule of accessibility", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("1{Enter}");
    expect(await violations(document.body)).toEqual([]);
  });
});

describe("the keyboard", () => {
  it("rates one item after the other", async () => {
    const at = withItems(12);
    await openReview(at);
    for (let number = 1; number <= 12; number++) {
      await screen.findByText(`Question ${number}?`);
      const rating = (number % 3) + 3;
      fireEvent.keyDown(document.activeElement ?? document.body, { key: `${rating}` });
      fireEvent.keyDown(document.activeElement ?? document.body, { key: "Enter" });
    }
    expect(await screen.findByText("Nothing to rate right now")).toBeTruthy();
    expect(rated(at)).toEqual(Array.from({ length: 12 }, (_, place) => ((place + 1) % 3) + 3));
  });

  it("changes a rating before it is confirmed", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("35");
    expect(screen.getByRole("radio", { name: "5 Highly relevant" })).toHaveProperty(
      "checked",
      true,
    );
    expect(at.server.askedFor("POST", "/review/rate")).toEqual([]);
  });

  it("goes to the reason where one is needed, and confirms there", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("2{Enter}");
    const reason = await screen.findByLabelText("Reason");
    await waitFor(() => expect(document.activeElement).toBe(reason));
    expect(at.server.askedFor("POST", "/review/rate")).toEqual([]);
    await at.user.keyboard("{Enter}");
    expect(screen.getByText("Say in a few words why the rating is so low.")).toBeTruthy();
    await at.user.keyboard("beside the point{Enter}");
    await theItem("Question 2?");
    expect(at.server.done[0]).toMatchObject({
      rating: { rating: 2, reason: "beside the point", candidate_id: "1", job: "job-1" },
    });
  });

  it("makes a new line in the reason by Shift+Enter", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("1{Enter}");
    await at.user.type(await screen.findByLabelText("Reason"), "a{Shift>}{Enter}{/Shift}b");
    expect(at.server.askedFor("POST", "/review/rate")).toEqual([]);
    expect(screen.getByLabelText("Reason")).toHaveProperty("value", "a\nb");
  });

  it("confirms nothing before a rating is chosen, and says so", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("Choose a rating first.");
    expect(at.server.askedFor("POST", "/review/rate")).toEqual([]);
  });

  it("writes a better answer, in which letters are letters and Enter makes a new line", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("4b");
    const field = await screen.findByLabelText("Better answer – optional");
    await waitFor(() => expect(document.activeElement).toBe(field));
    await at.user.keyboard("sub 1{Enter}us{Control>}{Enter}{/Control}");
    await theItem("Question 2?");
    expect(at.server.done[0]).toMatchObject({ rating: { rating: 4, better_answer: "sub 1\nus" } });
  });

  it("undoes the last rating, with what had been said", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("1{Enter}");
    await at.user.type(await screen.findByLabelText("Reason"), "wrong{Enter}");
    await theItem("Question 2?");
    await at.user.keyboard("u");
    await theItem("Question 1?");
    expect(screen.getByRole("radio", { name: "1 Not relevant" })).toHaveProperty("checked", true);
    expect(screen.getByLabelText("Reason")).toHaveProperty("value", "wrong");
    await waitFor(() => expect(heard()).toContain("Undone: you had rated 1."), { timeout: 4000 });
    await at.user.keyboard("5{Enter}");
    await theItem("Question 2?");
    expect(rated(at)).toEqual([5]);
  });

  it.each([
    ["s", "Why do you skip it?", "/review/skip"],
    ["f", "Why can nobody rate it?", "/review/flag"],
  ])("puts an item aside by %s, with a reason", async (key, question, path) => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard(key);
    const field = await screen.findByLabelText(question);
    expect(document.activeElement).toBe(field);
    await at.user.keyboard("{Enter}");
    expect(screen.getByText("Say why, in a few words.")).toBeTruthy();
    await at.user.keyboard("I know her{Enter}");
    await theItem("Question 2?");
    expect(at.server.askedFor("POST", path)[0]?.body).toEqual({
      job: "job-1",
      candidate_id: "1",
      reason: "I know her",
    });
  });

  it("comes back from putting aside by Escape, with the rating that was chosen", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("4s");
    await screen.findByLabelText("Why do you skip it?");
    await at.user.keyboard("{Escape}");
    expect(screen.getByRole("radio", { name: "4 Relevant" })).toHaveProperty("checked", true);
    expect(document.activeElement).toBe(await shownItem());
  });

  it("is told by ?, and its single keys can be switched off, which is remembered", async () => {
    const at = withItems(1);
    const page = await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("?");
    const told = await screen.findByRole("dialog");
    expect(told.textContent).toContain("Choose a rating");
    await at.user.click(within(told).getByRole("checkbox", { name: "Single keys" }));
    await at.user.click(within(told).getByRole("button", { name: "Close" }));
    await at.user.keyboard("5su?");
    expect(screen.getByRole("radio", { name: "5 Highly relevant" })).toHaveProperty(
      "checked",
      false,
    );
    expect(screen.queryByRole("dialog")).toBeNull();
    page.unmount();
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("5");
    expect(screen.getByRole("radio", { name: "5 Highly relevant" })).toHaveProperty(
      "checked",
      false,
    );
    await at.user.click(screen.getByRole("radio", { name: "5 Highly relevant" }));
    await at.user.keyboard("{Enter}");
    await waitFor(() => expect(rated(at)).toEqual([5]));
  });

  it("leaves Enter to the button that has the focus", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("4");
    screen.getByRole("button", { name: "Skip (S)" }).focus();
    await at.user.keyboard("{Enter}");
    expect(await screen.findByLabelText("Why do you skip it?")).toBeTruthy();
    expect(rated(at)).toEqual([]);
  });
});

describe("who does not see the page", () => {
  it("hears of each new item, what was chosen and what was rated", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await waitFor(() => expect(heard()).toContain("New item, 2 left."), { timeout: 4000 });
    await at.user.keyboard("2");
    await waitFor(() => expect(heard()).toContain("2: Slightly relevant. A reason is needed."), {
      timeout: 4000,
    });
    await at.user.keyboard("4{Enter}");
    await waitFor(() => expect(heard()).toContain("Rated 4. New item, the last one."), {
      timeout: 4000,
    });
  });
});

describe("progress", () => {
  it("is shown: today, in all, left", async () => {
    const at = withItems(3);
    at.server.instead.set("POST /review/next", () =>
      ok({
        item: at.server.items[0],
        progress: { rated_today: 12, rated: 1340, skipped: 0, left: 57, can_undo: false },
      }),
    );
    await openReview(at);
    await theItem("Question 1?");
    expect(screen.getByLabelText("Progress").textContent).toBe("Today12In all1,340Left57");
  });

  it("ends in what became of the ratings, and the next item comes by itself", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = bench((server) => {
      server.fate = {
        rated: 40,
        in_labels: 30,
        in_datasets: 20,
        newest_dataset: 3,
        models: ["tuned-1"],
      };
    });
    await openReview(at);
    expect(await screen.findByText("Nothing to rate right now")).toBeTruthy();
    expect(await screen.findByText("Of your 40 ratings, 30 are part of a label.")).toBeTruthy();
    expect(screen.getByText(/20 are in datasets, the newest of which is version 3/)).toBeTruthy();
    expect(screen.getByText("Models that were trained on them: tuned-1.")).toBeTruthy();
    at.server.item("9");
    await passes(25_000);
    await theItem("Question 9?");
    await passes(3_000);
    expect(heard()).toContain("There is a new item.");
  });
});

describe("who has left the page open", () => {
  it("sees in its title that there is something again, which others may take meanwhile", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    let visibility: DocumentVisibilityState = "visible";
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
    const at = bench();
    await openReview(at);
    expect(await screen.findByText("Nothing to rate right now")).toBeTruthy();
    expect(document.title).toBe("Review");
    visibility = "hidden";
    fireEvent(document, new Event("visibilitychange"));
    const asked = at.server.askedFor("POST", "/review/next").length;
    at.server.item("1");
    at.server.item("2");
    await passes(25_000);
    expect(document.title).toBe("(2) Review");
    expect(at.server.askedFor("POST", "/review/next")).toHaveLength(asked);
    visibility = "visible";
    await act(async () => {
      fireEvent(document, new Event("visibilitychange"));
    });
    await theItem("Question 1?");
    expect(document.title).toBe("Review");
  });
});

describe("the time an item is held", () => {
  it("is prolonged by signs of life before it is over", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = withItems(1);
    at.server.settings.hold_seconds = 60;
    await openReview(at);
    await theItem("Question 1?");
    await passes(59_000);
    expect(at.server.askedFor("POST", "/review/heartbeat").length).toBeGreaterThanOrEqual(2);
  });

  it("ends when nobody is there any more", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await passes(15 * 60_000);
    const before = at.server.askedFor("POST", "/review/heartbeat").length;
    await passes(15 * 60_000);
    expect(at.server.askedFor("POST", "/review/heartbeat")).toHaveLength(before);
  });

  it("ends at once when the page is left, by a request that outlives it", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await waitFor(() => {
      fireEvent(window, new Event("pagehide"));
      expect(at.server.askedFor("POST", "/review/release")[0]).toMatchObject({
        keepalive: true,
        body: { job: "job-1", candidate_id: "1" },
      });
    });
  });

  it("is not counted while the page is hidden", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    let visibility: DocumentVisibilityState = "visible";
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await passes(10_000);
    visibility = "hidden";
    fireEvent(document, new Event("visibilitychange"));
    await passes(60_000);
    visibility = "visible";
    fireEvent(document, new Event("visibilitychange"));
    await passes(5_000);
    await at.user.keyboard("4{Enter}");
    await theItem("Question 2?");
    const { seconds } = at.server.askedFor("POST", "/review/rate")[0]?.body ?? {};
    expect(seconds).toBeGreaterThan(14);
    expect(seconds).toBeLessThan(25);
  });
});

describe("an item that somebody else has by now", () => {
  it("is said, with what had been written, and the next one comes", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("1{Enter}");
    await at.user.type(await screen.findByLabelText("Reason"), "my thoughts");
    at.server.items.shift();
    await at.user.keyboard("{Enter}");
    await theItem("Question 2?");
    expect(screen.getByText("The last item went to somebody else")).toBeTruthy();
    expect(screen.getByText("my thoughts")).toBeTruthy();
    expect(screen.queryByLabelText("Reason")).toBeNull();
  });
});

describe("a server that is not reached", () => {
  it("loses nothing: it is said, tried again by itself, and stored once", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("2{Enter}");
    await at.user.type(await screen.findByLabelText("Reason"), "kept");
    at.server.reachable = false;
    await at.user.keyboard("{Enter}");
    expect(await screen.findByText("The rating is not saved yet")).toBeTruthy();
    expect(screen.getByLabelText("Reason")).toHaveProperty("value", "kept");
    at.server.reachable = true;
    await theItem("Question 2?");
    expect(screen.queryByText("The rating is not saved yet")).toBeNull();
    expect(rated(at)).toEqual([2]);
  });

  it("is tried again at once by Enter, with what is chosen then", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    at.server.instead.set("POST /review/rate", () => refused(503, "busy", "Too many at once."));
    await at.user.keyboard("4{Enter}");
    expect((await screen.findByText(/Too many at once/)).textContent).toContain("still here");
    at.server.instead.clear();
    await at.user.keyboard("5{Enter}");
    await theItem("Question 2?");
    expect(rated(at)).toEqual([5]);
  });

  it("says no, and what was written stays", async () => {
    const at = withItems(1);
    at.server.settings.reason_up_to = 0;
    await openReview(at);
    await theItem("Question 1?");
    at.server.settings.reason_up_to = 2; // the policy has changed meanwhile
    await at.user.keyboard("1{Enter}");
    expect(await screen.findByText("Say why, for a rating so low.")).toBeTruthy();
    expect(screen.getByRole("radio", { name: "1 Not relevant" })).toHaveProperty("checked", true);
  });
});

describe("what was typed", () => {
  it("is there again when the page is loaded again", async () => {
    const at = withItems(1);
    const page = await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("1{Enter}");
    await at.user.type(await screen.findByLabelText("Reason"), "half a sen");
    page.unmount();
    await openReview(at);
    await theItem("Question 1?");
    expect(await screen.findByLabelText("Reason")).toHaveProperty("value", "half a sen");
  });

  it("outlives a sign-in that runs out, and is sent after the next one", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("1{Enter}");
    await at.user.type(await screen.findByLabelText("Reason"), "kept");
    at.authentication.who = null;
    await at.user.keyboard("{Enter}");
    expect(await screen.findByText(/Your sign-in has run out/)).toBeTruthy();
    fireEvent.keyDown(document.body, { key: "5" }); // nothing of the page listens
    await at.user.type(screen.getByLabelText("Password"), "Right-1-right{Enter}");
    await theItem("Question 2?");
    expect(at.server.done[0]).toMatchObject({ rating: { rating: 1, reason: "kept" } });
  });

  it("is gone after signing out", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("1{Enter}");
    await at.user.type(await screen.findByLabelText("Reason"), "half a sen");
    await at.user.click(await screen.findByRole("button", { name: "More" }));
    for (const name of ["Ana Novak", "Sign out"]) {
      const found = (await screen.findAllByText(name)).at(-1);
      if (found) await at.user.click(found);
    }
    expect(await screen.findByLabelText("Password")).toBeTruthy();
    expect(JSON.stringify({ ...sessionStorage })).not.toContain("half a sen");
    expect(at.server.askedFor("POST", "/review/release")).not.toEqual([]);
  });
});

describe("a reviewer who has gone away", () => {
  it("finds on return that the item went to others, and goes on with the next", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await passes(30 * 60_000);
    at.server.items.shift();
    await act(async () => {
      fireEvent.pointerMove(window);
    });
    await theItem("Question 2?");
    expect(screen.getByText("The last item went to somebody else")).toBeTruthy();
  });
});
