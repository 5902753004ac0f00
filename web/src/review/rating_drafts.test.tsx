import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { refused } from "../live/http_stand_in";
import { violations } from "../test_accessibility";
import { type Bench, bench, clearBench, heard, openReview, shownItem, theItem } from "./test_bench";

afterEach(clearBench);

function withItems(count: number): Bench {
  return bench((server) => {
    for (let number = 1; number <= count; number++) server.item(`${number}`);
  });
}

const rated = ({ server }: Bench) =>
  server.done.map((done) =>
    done.kind === "rated" ? `${done.item.candidate_id}: ${done.rating.rating}` : done.kind,
  );
const awaited = () => screen.findByRole("region", { name: "Next item" });
const reason = () => screen.findByLabelText(/^Reason/);
const better = () => screen.findByLabelText("Better answer – optional");
const radio = (rating: number) =>
  screen.getByRole<HTMLInputElement>("radio", { name: RegExp(`^${rating} `) });
const answers = (go: () => void) => act(async () => go());

describe("undo over a draft", () => {
  const leaves = async () => {
    const at = withItems(3);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("4{Enter}");
    await theItem("Question 2?");
    await at.user.keyboard("1b");
    await at.user.type(await better(), "Say it so.");
    await at.user.type(await reason(), "beside the point");
    await at.user.keyboard("{Escape}u");
    await theItem("Question 1?");
    return at;
  };

  it("loses nothing of it: it is there when the item comes back", async () => {
    const at = await leaves();
    expect(screen.queryByLabelText(/^Reason/)).toBeNull();
    await at.user.keyboard("5{Enter}");
    await theItem("Question 2?");
    expect(radio(1).checked).toBe(true);
    expect(await reason()).toHaveProperty("value", "beside the point");
    expect(await better()).toHaveProperty("value", "Say it so.");
    await at.user.keyboard("{Enter}");
    await theItem("Question 3?");
    expect(at.server.done.at(-1)).toMatchObject({
      rating: { candidate_id: "2", reason: "beside the point", better_answer: "Say it so." },
    });
  });

  it("loses nothing of it when the page is loaded again in between", async () => {
    const at = await leaves();
    cleanup();
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("5{Enter}");
    await theItem("Question 2?");
    expect(await reason()).toHaveProperty("value", "beside the point");
  });

  it("shows it to be copied when the item has gone to somebody else meanwhile", async () => {
    const at = await leaves();
    at.server.items.splice(1, 1);
    await at.user.keyboard("5{Enter}");
    await theItem("Question 3?");
    expect(screen.getByText("What you wrote for another item")).toBeTruthy();
    const told = screen.getByText(/beside the point/).textContent;
    expect(told).toContain("Say it so.");
    expect(screen.queryByLabelText(/^Reason/)).toBeNull();
  });

  it("that fails leaves it where it is", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("4{Enter}");
    await theItem("Question 2?");
    await at.user.keyboard("1r");
    await at.user.type(await reason(), "mine");
    at.server.instead.set("POST /review/undo", () => refused(409, "over", "The job is over."));
    await at.user.keyboard("{Escape}u");
    expect(await screen.findByText("The job is over.")).toBeTruthy();
    await theItem("Question 2?");
    expect(await reason()).toHaveProperty("value", "mine");
  });
});

describe("the reason of skipping and flagging", () => {
  it.each([
    ["s", "Why do you skip it?", "/review/skip"],
    ["f", "Why can nobody rate it?", "/review/flag"],
  ])("by %s is shown to be copied when somebody else has the item by now", async (key, label) => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard(key);
    await at.user.type(await screen.findByLabelText(label), "holds her name");
    at.server.items.shift();
    await at.user.keyboard("{Enter}");
    await theItem("Question 2?");
    expect(screen.getByText("The last item went to somebody else")).toBeTruthy();
    expect(screen.getByText("holds her name")).toBeTruthy();
    expect(screen.queryByLabelText(label)).toBeNull();
  });

  it("is there again when the page is loaded again", async () => {
    const at = withItems(1);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("f");
    await at.user.type(await screen.findByLabelText("Why can nobody rate it?"), "holds a na");
    cleanup();
    await openReview(at);
    await theItem("Question 1?");
    const field = await screen.findByLabelText("Why can nobody rate it?");
    expect(field).toHaveProperty("value", "holds a na");
    await at.user.type(field, "me{Enter}");
    await screen.findByText("Nothing to rate right now");
    expect(at.server.flagged[0]?.reason).toBe("holds a name");
  });

  it("stays when somebody looks at the item once more, and is not sent with a rating", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("s");
    await at.user.type(await screen.findByLabelText("Why do you skip it?"), "known");
    await at.user.keyboard("{Escape}");
    expect(document.activeElement).toBe(await shownItem());
    await at.user.keyboard("s");
    expect(await screen.findByLabelText("Why do you skip it?")).toHaveProperty("value", "known");
    await at.user.keyboard("{Escape}4{Enter}");
    await theItem("Question 2?");
    expect(JSON.stringify(at.server.asked)).not.toContain("known");
  });

  it("is kept when it cannot be stored, and sent once there is a server again", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("f");
    await at.user.type(await screen.findByLabelText("Why can nobody rate it?"), "a name");
    at.server.reachable = false;
    await at.user.keyboard("{Enter}");
    expect(await screen.findByText("It is not flagged yet")).toBeTruthy();
    expect(screen.getByLabelText("Why can nobody rate it?")).toHaveProperty("value", "a name");
    at.server.reachable = true;
    await theItem("Question 2?");
    expect(at.server.flagged.map((one) => one.reason)).toEqual(["a name"]);
  });
});

describe("while a rating is on its way", () => {
  const sends = async (keys = "4{Enter}", count = 3) => {
    const at = withItems(count);
    await openReview(at);
    await theItem("Question 1?");
    const go = at.server.hold("POST /review/rate");
    await at.user.keyboard(keys);
    return { at, go };
  };

  it("the page says at once that it is taken, and is ready for the next item", async () => {
    const { at, go } = await sends();
    const place = screen.getByRole("region", { name: "Next item" });
    expect(place.textContent).toContain("Rated 4.");
    expect(screen.queryByText("Question 1?")).toBeNull();
    expect(radio(4).checked).toBe(false);
    expect(document.activeElement).toBe(place);
    expect(await violations(document.body)).toEqual([]);
    await answers(go);
    await theItem("Question 2?");
    expect(document.activeElement).toBe(await shownItem());
    expect(at.server.askedFor("POST", "/review/rate")).toHaveLength(1);
  });

  it("one request brings the next item", async () => {
    const { at, go } = await sends();
    const before = at.server.askedFor("POST", "/review/next").length;
    await answers(go);
    await theItem("Question 2?");
    expect(at.server.askedFor("POST", "/review/next")).toHaveLength(before);
  });

  it("a number is chosen for the next item, and does not change the last", async () => {
    const { at, go } = await sends();
    await at.user.keyboard("35");
    expect(radio(5).checked).toBe(true);
    await answers(go);
    await theItem("Question 2?");
    expect(radio(5).checked).toBe(true);
    await at.user.keyboard("{Enter}");
    await theItem("Question 3?");
    expect(rated(at)).toEqual(["1: 4", "2: 5"]);
  });

  it("nobody confirms what they have not seen", async () => {
    const { at, go } = await sends();
    await at.user.keyboard("3{Enter}{Enter}");
    await waitFor(() => expect(heard()).toContain("The next item is not here yet."), {
      timeout: 4000,
    });
    await answers(go);
    await theItem("Question 2?");
    expect(screen.queryByRole("alert")).toBeNull();
    expect(rated(at)).toEqual(["1: 4"]);
  });

  it("what is typed goes into the next item's fields, and whoever types goes on typing", async () => {
    const { at, go } = await sends();
    await at.user.keyboard("2b");
    const field = await better();
    await waitFor(() => expect(document.activeElement).toBe(field));
    await at.user.keyboard("Say 5 ");
    await answers(go);
    await theItem("Question 2?");
    expect(document.activeElement).toBe(field);
    await at.user.keyboard("us{Control>}{Enter}{/Control}");
    await at.user.keyboard("why{Enter}");
    await theItem("Question 3?");
    expect(at.server.done.map((done) => done.kind === "rated" && done.rating)).toMatchObject([
      { candidate_id: "1", rating: 4, better_answer: "" },
      { candidate_id: "2", rating: 2, better_answer: "Say 5 us", reason: "why" },
    ]);
  });

  it.each([
    ["s", "Why do you skip it?", "/review/skip"],
    ["f", "Why can nobody rate it?", "/review/flag"],
  ])("%s is for the next item", async (key, label, path) => {
    const { at, go } = await sends();
    await at.user.keyboard(key);
    await at.user.type(await screen.findByLabelText(label), "known{Enter}");
    await answers(go);
    await theItem("Question 2?");
    expect(at.server.askedFor("POST", path)).toEqual([]);
    expect(screen.getByLabelText(label)).toHaveProperty("value", "known");
    await at.user.keyboard("{Enter}");
    await theItem("Question 3?");
    expect(at.server.askedFor("POST", path)[0]?.body).toMatchObject({ candidate_id: "2" });
  });

  it("u takes that rating back as soon as it is stored", async () => {
    const { at, go } = await sends();
    await at.user.keyboard("3u2");
    await answers(go);
    await theItem("Question 1?");
    expect(radio(2).checked).toBe(true);
    expect(rated(at)).toEqual([]);
    await at.user.keyboard("5{Enter}");
    await theItem("Question 2?");
    expect(radio(3).checked).toBe(true);
    expect(rated(at)).toEqual(["1: 5"]);
  });

  it("u twice takes the one before back as well", async () => {
    const at = withItems(3);
    await openReview(at);
    await theItem("Question 1?");
    await at.user.keyboard("5{Enter}");
    await theItem("Question 2?");
    const go = at.server.hold("POST /review/rate");
    await at.user.keyboard("4{Enter}uu");
    await answers(go);
    await theItem("Question 1?");
    expect(radio(5).checked).toBe(true);
    expect(rated(at)).toEqual([]);
  });

  it("what was typed is told if there is no next item", async () => {
    const { at, go } = await sends("4{Enter}", 1);
    await at.user.keyboard("3r");
    await at.user.type(await reason(), "for nothing");
    await answers(go);
    await screen.findByText("Nothing to rate right now");
    expect(screen.getByText("for nothing")).toBeTruthy();
  });

  it("a rating that is refused comes back, and what was typed meanwhile waits for the next", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    const go = at.server.hold("POST /review/rate");
    at.server.instead.set("POST /review/rate", () => refused(400, "no", "Not like that."));
    await at.user.keyboard("4{Enter}");
    await awaited();
    await at.user.keyboard("2r");
    await at.user.type(await reason(), "of the second");
    await answers(go);
    expect(await screen.findByText("Not like that.")).toBeTruthy();
    await theItem("Question 1?");
    expect(radio(4).checked).toBe(true);
    expect(screen.queryByLabelText(/^Reason/)).toBeNull();
    at.server.instead.clear();
    await at.user.keyboard("{Enter}");
    await theItem("Question 2?");
    expect(radio(2).checked).toBe(true);
    expect(await reason()).toHaveProperty("value", "of the second");
    expect(rated(at)).toEqual(["1: 4"]);
  });

  it("an item that somebody else has by now is said, and the next one has what was typed", async () => {
    const { at, go } = await sends("1r");
    await at.user.type(await reason(), "of the first{Enter}");
    await awaited();
    at.server.items.shift();
    await at.user.keyboard("5");
    await answers(go);
    await theItem("Question 2?");
    expect(screen.getByText("of the first")).toBeTruthy();
    expect(radio(5).checked).toBe(true);
    expect(rated(at)).toEqual([]);
  });

  it("whoever leaves the page gives back what they were sent since", async () => {
    const { at, go } = await sends();
    at.server.settings.lead = true;
    history.replaceState(null, "", "/review/overview");
    await act(async () => {
      fireEvent(window, new PopStateEvent("popstate"));
    });
    await answers(go);
    await waitFor(() =>
      expect(at.server.askedFor("POST", "/review/release")[0]?.body).toEqual({
        job: "job-1",
        candidate_id: "2",
      }),
    );
    expect(rated(at)).toEqual(["1: 4"]);
  });
});

describe("a rating that is not saved yet", () => {
  it("is not sent as it was once it is changed", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    at.server.reachable = false;
    await at.user.keyboard("4{Enter}");
    expect(await screen.findByText("The rating is not saved yet")).toBeTruthy();
    await at.user.keyboard("2");
    expect(screen.queryByText("The rating is not saved yet")).toBeNull();
    at.server.reachable = true;
    fireEvent(window, new Event("online"));
    await at.user.type(screen.getByLabelText("Reason"), "after all{Enter}");
    await theItem("Question 2?");
    expect(rated(at)).toEqual(["1: 2"]);
  });

  it("and is changed too late says so, and undo brings the change back", async () => {
    const at = withItems(2);
    await openReview(at);
    await theItem("Question 1?");
    at.server.reachable = false;
    await at.user.keyboard("4{Enter}");
    expect(await screen.findByText("The rating is not saved yet")).toBeTruthy();
    at.server.reachable = true;
    const go = at.server.hold("POST /review/rate");
    await at.user.click(screen.getByRole("button", { name: "Try again now" }));
    await at.user.keyboard("r");
    await at.user.type(await reason(), "one more word");
    await answers(go);
    await theItem("Question 2?");
    expect(screen.getByText("It was saved just before your last change")).toBeTruthy();
    await at.user.keyboard("u");
    await theItem("Question 1?");
    expect(await reason()).toHaveProperty("value", "one more word");
    expect(radio(4).checked).toBe(true);
  });
});
