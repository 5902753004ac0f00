import { act, cleanup, render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Snapshot } from "../live/customer_session";
import { clock } from "../shared/time";
import { Chat } from "./chat";
import { draftIn } from "./draft";
import { fakeSession, turn } from "./fake_session";
import { loadMarkdown } from "./rich_text";
import type { ChatSettings } from "./settings";

type Session = ReturnType<typeof fakeSession>;
type Shown = Parameters<Session["show"]>;

beforeEach(async () => {
  // jsdom lays nothing out, so nothing ever grows.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  sessionStorage.clear();
  await loadMarkdown();
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function open(settings: Partial<ChatSettings> = {}) {
  const session = fakeSession(settings);
  const news = vi.fn();
  const page = render(
    <Chat
      session={session}
      draft={draftIn(sessionStorage)}
      person
      focusRequest={0}
      onNews={news}
    />,
  );
  await screen.findByRole("heading", { name: settings.title ?? "Support" });
  return { session, news, page, user: userEvent.setup() };
}

async function inTalk(...shown: Shown) {
  const opened = await open();
  show(opened.session, ...shown);
  return opened;
}

function show(session: Session, ...shown: Shown): void {
  act(() => session.show(...shown));
}

const ada = turn({ author: "expert", name: "Ada Expert", text: "I am Ada.", seq: 3 });
const answer = turn({ author: "assistant", text: "It costs **nothing**.", seq: 2 });
const question = turn({ author: "customer", text: "What does it cost?", client_id: "m1" });

/** The bubble that somebody said at its time. */
function bubble(who: string, at: string): HTMLElement {
  return screen.getByRole("group", { name: `${who}, ${clock(at, "en")}` });
}

describe("the chat, before anything was said", () => {
  it("greets, and offers questions that are asked at once", async () => {
    const { session, user } = await open();
    expect(screen.getByText("Hello!")).toBeTruthy();
    await user.click(screen.getByText("What does it cost?"));
    expect(session.send).toHaveBeenCalledWith("What does it cost?");
  });

  it("can be used before the settings are there", async () => {
    const session = fakeSession();
    session.settings.mockImplementation(() => new Promise(() => {}));
    render(<Chat session={session} draft={draftIn(sessionStorage)} person focusRequest={0} />);
    const user = userEvent.setup();
    await user.type(screen.getByRole("textbox"), "Hello{Enter}");
    expect(session.send).toHaveBeenCalledWith("Hello");
    expect(screen.getByRole("button", { name: "Talk to a person" })).toBeTruthy();
  });

  it("says that a kept conversation is being read", async () => {
    const { session } = await open();
    show(session, { conversation_id: null }, { link: "connecting" });
    expect(screen.getByText("Loading your conversation…")).toBeTruthy();
    expect(screen.queryByText("Hello!")).toBeNull();
  });

  it("calls a person, and offers none where none can be called", async () => {
    const { session, user } = await open();
    await user.click(screen.getByRole("button", { name: "Talk to a person" }));
    expect(session.askForPerson).toHaveBeenCalledOnce();
    cleanup();
    await open({ person: false, title: "Alone" });
    expect(screen.queryByRole("button", { name: "Talk to a person" })).toBeNull();
  });
});

describe("what is said", () => {
  it("stands under its author's name", async () => {
    await inTalk({ turns: [question, answer, ada], owner: "expert", expert_name: "Ada Expert" });
    expect(within(bubble("You", question.at)).getByText("What does it cost?")).toBeTruthy();
    expect(within(bubble("Assistant", answer.at)).getByText("nothing").tagName).toBe("STRONG");
    expect(within(bubble("Ada Expert", ada.at)).getByText("AE")).toBeTruthy();
  });

  it("is told apart from what has happened", async () => {
    const status = turn({ author: "system", text: "Ada Expert has joined.", seq: 2 });
    await inTalk({ turns: [question, status] });
    const line = screen.getByText("Ada Expert has joined.");
    expect(line.closest("[role=group]")).toBeNull();
    expect(line.parentElement?.querySelector("time")).not.toBeNull();
  });

  it("of another day has that day above it", async () => {
    const yesterday = new Date();
    yesterday.setDate(yesterday.getDate() - 1);
    const old = { ...question, at: yesterday.toISOString() };
    await inTalk({ turns: [old, answer] });
    expect(screen.getByText("Yesterday")).toBeTruthy();
    expect(screen.getByText("Today")).toBeTruthy();
  });

  it("is text where a customer writes it, whatever it looks like", async () => {
    const text = "<script>alert(1)</script> **no** [x](javascript:alert(1)) ![](http://evil/x.png)";
    const { page } = await inTalk({ turns: [{ ...question, text }] });
    expect(screen.getByText(text)).toBeTruthy();
    expect(page.container.querySelector("script, img, strong em, a")).toBeNull();
  });

  it("calls no foreign address and runs nothing where the assistant says it", async () => {
    const text =
      "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> [bad](javascript:alert(1)) " +
      "![spy](http://evil.example/x.png) [good](https://example.com)";
    const { page } = await inTalk({ turns: [{ ...answer, text }] });
    const said = bubble("Assistant", answer.at);
    expect(said.textContent).toContain("<script>alert(1)</script>");
    expect(page.container.querySelector("script, img")).toBeNull();
    const links = [...said.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://example.com"]);
    expect(links[0]?.rel).toContain("noopener");
  });

  it("may be one word of 20 kB, or from right to left", async () => {
    const word = "x".repeat(20_000);
    const arabic = "مرحبا كيف حالك";
    const turns = [
      { ...question, text: word },
      { ...question, text: arabic, seq: 2, turn_id: "t2", client_id: "m2" },
    ];
    await inTalk({ turns });
    expect(screen.getByText(word).className).toBe("plain");
    expect(screen.getByText(arabic).getAttribute("dir")).toBe("auto");
  });

  it("streams in, after a moment of thinking", async () => {
    const { session } = await inTalk({ turns: [question], answering: true });
    expect(screen.getByText("Thinking…")).toBeTruthy();
    const stream = {
      turn_id: "t2",
      attempt: 1,
      pieces: { 0: { pieces: 1, text: "It costs **noth" }, 1: { pieces: 1, text: "ing**" } },
    };
    show(session, { streams: [stream] });
    expect(screen.queryByText("Thinking…")).toBeNull();
    expect(screen.getByText("nothing").tagName).toBe("STRONG");
    expect(screen.queryByRole("button", { name: "Helpful" })).toBeNull();
  });

  it("is not promised where another chatbot answers, or none", async () => {
    const { session } = await open({ assistant: false });
    show(session, { turns: [question], answering: true });
    expect(screen.queryByText("Thinking…")).toBeNull();
  });

  it("is announced once it is whole, and not what was there before", async () => {
    const { session, news } = await inTalk({ turns: [question, answer] });
    expect(news).not.toHaveBeenCalled();
    show(session, { turns: [question, answer, ada] });
    expect(news).toHaveBeenCalledExactlyOnceWith([ada]);
    await waitFor(
      () => {
        const live = [...document.querySelectorAll("[aria-live=polite]")];
        const spoken = `Ada Expert, ${clock(ada.at, "en")}: I am Ada.`;
        expect(live.map((region) => region.textContent)).toContainEqual(spoken);
      },
      { timeout: 3_000 },
    );
  });
});

describe("sources", () => {
  const web = { title: "Prices", uri: "https://example.com/prices", score: 1, numbers: [1, 3] };
  const bucket = { title: "Handbook", uri: "s3://documents/handbook.md", score: null, numbers: [] };
  const bad = { title: "Bad", uri: "javascript:alert(1)", score: null, numbers: [] };

  it("are linked where a customer can open them", async () => {
    await inTalk({ turns: [{ ...answer, sources: [web] }] });
    expect(screen.getByRole("link", { name: "Prices" }).getAttribute("href")).toBe(web.uri);
  });

  it("have only a title where not", async () => {
    const { session } = await inTalk({ turns: [{ ...answer, sources: [bucket] }] });
    expect(screen.getByText("Handbook")).toBeTruthy();
    expect(screen.queryByRole("link")).toBeNull();
    show(session, { turns: [{ ...answer, sources: [bad] }] });
    expect(screen.getByText("Bad")).toBeTruthy();
    expect(screen.queryByRole("link")).toBeNull();
  });

  it("are named by the marks with which the answer refers to them", async () => {
    await inTalk({ turns: [{ ...answer, text: "Nothing [1], really [3].", sources: [web] }] });
    expect(screen.getByText(/^Source:/).textContent).toBe("Source: [1] [3] Prices");
  });

  it("are folded when there are several", async () => {
    const { user } = await inTalk({ turns: [{ ...answer, sources: [web, bucket] }] });
    const fold = screen.getByRole("button", { name: "Sources (2)" });
    expect(fold.getAttribute("aria-expanded")).toBe("false");
    await user.click(fold);
    expect(fold.getAttribute("aria-expanded")).toBe("true");
  });
});

describe("a thumb", () => {
  it("up says that it helped", async () => {
    const { session, user } = await inTalk({ turns: [question, answer] });
    await user.click(screen.getByRole("button", { name: "Helpful" }));
    expect(session.thumb).toHaveBeenCalledExactlyOnceWith("t2", "up", undefined);
  });

  it("down asks why, with reasons to choose and room for own words", async () => {
    const { session, user } = await inTalk({ turns: [question, ada], owner: "expert" });
    await user.click(screen.getByRole("button", { name: "Not helpful" }));
    expect(session.thumb).toHaveBeenLastCalledWith("t3", "down", undefined);
    show(session, {}, { thumbs: { t3: "down" } });
    await user.click(screen.getByRole("radio", { name: "It is not correct" }));
    await user.type(screen.getByRole("textbox", { name: "In your own words" }), "Twice the price");
    const reason = screen.getByRole("group", { name: /^Ada Expert/ });
    await user.click(within(reason).getByRole("button", { name: "Send" }));
    const said = "It is not correct: Twice the price";
    expect(session.thumb).toHaveBeenLastCalledWith("t3", "down", said);
    expect(screen.getByText("Thank you, that helps us.")).toBeTruthy();
    expect(screen.queryByRole("radio")).toBeNull();
  });

  it("is still there after a reload, and is not given twice", async () => {
    const { session, user } = await inTalk({ turns: [answer] }, { thumbs: { t2: "up" } });
    const up = screen.getByRole("button", { name: "Helpful" });
    expect(up.getAttribute("aria-pressed")).toBe("true");
    await user.click(up);
    expect(session.thumb).not.toHaveBeenCalled();
  });
});

describe("who speaks", () => {
  it("is always said", async () => {
    const { session } = await open();
    expect(screen.getByText("You are talking to the assistant")).toBeTruthy();
    show(session, { owner: "waiting" });
    expect(screen.getAllByText("Waiting for a person").length).toBeGreaterThan(0);
    show(session, { owner: "expert", expert_name: "Ada Expert" });
    expect(screen.getByText("You are talking to Ada Expert")).toBeTruthy();
    show(session, { owner: "closed" });
    expect(screen.getByText("This conversation has ended")).toBeTruthy();
  });

  it("decides whether a person can be called, and why not", async () => {
    const { session } = await inTalk({ owner: "waiting" });
    const call = () => screen.getByRole("button", { name: /Talk to a person/ });
    expect(call().getAttribute("aria-disabled")).toBe("true");
    expect(document.body.textContent).toContain("A person is already being called.");
    show(session, { owner: "expert", expert_name: "Ada Expert" });
    expect(call().getAttribute("aria-disabled")).toBe("true");
    show(session, { owner: "closed" });
    expect(call().getAttribute("aria-disabled")).toBeNull();
  });

  it("is shown typing while a person does", async () => {
    await inTalk({
      owner: "expert",
      expert_name: "Ada Expert",
      typing: { author: "expert", name: "Ada Expert", until: Date.now() + 6_000 },
    });
    expect(screen.getByText("Ada Expert is typing…")).toBeTruthy();
  });
});

describe("waiting for a person", () => {
  const since = new Date(Date.now() - 65_000).toISOString();
  const until = new Date(Date.now() + 120_000).toISOString();

  function panel(): HTMLElement {
    return screen.getByRole("region", { name: "Waiting for a person" });
  }

  it("says since when, how far it is, and what comes when", async () => {
    await inTalk({ owner: "waiting", waiting: { since, until, step: 1, steps: 2 } });
    const text = panel().textContent;
    expect(text).toContain(`Waiting since ${clock(since, "en")}`);
    expect(text).toContain("Step 1 of 2");
    expect(text).toContain(`If nobody is free by ${clock(until, "en")}, further colleagues`);
    expect(text).toContain("You can go on writing.");
  });

  it("tells the truth about the last step", async () => {
    await inTalk({ owner: "waiting", waiting: { since, until, step: 2, steps: 2 } });
    expect(panel().textContent).toContain("somebody gets back to you");
  });

  it("counts for the eyes only", async () => {
    await inTalk({ owner: "waiting", waiting: { since, until, step: 1, steps: 1 } });
    const ticking = within(panel()).getByText(/^1:0\d$/);
    expect(ticking.getAttribute("aria-hidden")).toBe("true");
    expect(panel().closest("[aria-live]")).toBeNull();
  });

  it("counts by the server's clock where this device's is wrong", async () => {
    const ahead = new Date(Date.now() + 3_600_000 - 65_000).toISOString();
    await inTalk(
      { owner: "waiting", waiting: { since: ahead, until: null, step: 1, steps: 1 } },
      { clock_offset_ms: 3_600_000 },
    );
    expect(within(panel()).getByText(/^1:0\d$/)).toBeTruthy();
  });

  it("leaves the place to write where it is", async () => {
    const { session, user } = await inTalk({ owner: "waiting" });
    await user.type(screen.getByRole("textbox"), "Hurry{Enter}");
    expect(session.send).toHaveBeenCalledWith("Hurry");
  });
});

describe("writing", () => {
  it("sends with Enter, and begins a line with Shift and Enter", async () => {
    const { session, user } = await open();
    const field = screen.getByRole<HTMLTextAreaElement>("textbox");
    await user.type(field, "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(session.send).toHaveBeenCalledExactlyOnceWith("one\ntwo");
    expect(field.value).toBe("");
  });

  it("tells the other side", async () => {
    const { session, user } = await open();
    await user.type(screen.getByRole("textbox"), "a");
    expect(session.typing).toHaveBeenCalledOnce();
  });

  it("sends nothing that is empty", async () => {
    const { session, user } = await open();
    await user.type(screen.getByRole("textbox"), "  {Enter}");
    expect(session.send).not.toHaveBeenCalled();
  });

  it("says before sending that it is too long, as the server counts", async () => {
    const { session, user } = await open({ max_message_chars: 3 });
    const field = screen.getByRole("textbox");
    await user.type(field, "👋👋");
    expect(screen.getByText("Characters left: 1")).toBeTruthy();
    await user.type(field, "👋👋{Enter}");
    expect(screen.getAllByText("Too long. Characters over the limit: 1")).not.toHaveLength(0);
    expect(session.send).not.toHaveBeenCalled();
  });

  it("keeps what was not sent over a reload", async () => {
    const { user } = await open();
    await user.type(screen.getByRole("textbox"), "Half a sen");
    cleanup();
    await open();
    expect(screen.getByRole<HTMLTextAreaElement>("textbox").value).toBe("Half a sen");
  });

  it("shows a message on its way at once", async () => {
    const at = new Date().toISOString();
    await inTalk({ outgoing: [{ client_id: "m1", text: "Hello", at, state: "sending" }] });
    expect(screen.getByText("Sending…")).toBeTruthy();
  });

  it("that failed says why, and is tried again or discarded", async () => {
    const at = new Date().toISOString();
    const problem = { code: "conversation_closed", message: "closed" };
    const { session, user } = await inTalk({
      outgoing: [{ client_id: "m1", text: "Hello", at, state: "failed", problem }],
    });
    expect(screen.getByRole("alert").textContent).toContain(
      "The conversation has ended meanwhile.",
    );
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(session.retry).toHaveBeenCalledWith("m1");
    await user.click(screen.getByRole("button", { name: "Discard" }));
    expect(session.discard).toHaveBeenCalledWith("m1");
  });
});

describe("the end", () => {
  const closed = turn({
    author: "system",
    text: "Closed.",
    code: "closed",
    seq: 3,
    owner: "closed",
  });

  it("is the customer's to choose", async () => {
    const { session, user } = await inTalk({ turns: [question] });
    await user.click(screen.getByRole("button", { name: "End conversation" }));
    expect(session.close).toHaveBeenCalledOnce();
  });

  it("asks for stars instead of a message, and says thanks", async () => {
    const { session, user } = await inTalk({ turns: [question, answer, closed], owner: "closed" });
    expect(screen.queryByRole("textbox")).toBeNull();
    const stars = within(screen.getByRole("group", { name: "How was this conversation?" }));
    await user.click(stars.getByRole("radio", { name: /^4 stars/ }));
    await user.type(screen.getByRole("textbox"), "Quick");
    await user.click(screen.getByRole("button", { name: "Send rating" }));
    expect(session.rate).toHaveBeenCalledExactlyOnceWith(4, "Quick");
    show(session, {}, { rated: { stars: 4, seq: 3 } });
    expect(screen.getByText("Thank you for your rating.")).toBeTruthy();
  });

  it("gives stars by the keyboard", async () => {
    const { user } = await inTalk({ turns: [closed], owner: "closed" });
    const [first] = screen.getAllByRole("radio");
    act(() => first?.focus());
    await user.keyboard(" {ArrowRight}");
    expect(screen.getByRole<HTMLInputElement>("radio", { name: /^2 stars/ }).checked).toBe(true);
  });

  it("is a beginning: of the same conversation, or of another", async () => {
    const { session, user } = await inTalk({ turns: [closed], owner: "closed" });
    await user.click(screen.getByRole("button", { name: "Continue this conversation" }));
    expect(session.reopen).toHaveBeenCalledOnce();
    await user.click(screen.getByRole("button", { name: "Begin a new conversation" }));
    expect(session.startAnew).toHaveBeenCalledOnce();
  });

  it("of a talk with a person asks for stars, which can be put off", async () => {
    const left = turn({
      author: "system",
      code: "handed_back",
      name: "Ada Expert",
      text: "Ada has left.",
      seq: 4,
    });
    const { session, user } = await inTalk({ turns: [question, ada, left] });
    expect(screen.getByRole("group", { name: "How was your talk with Ada Expert?" })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Not now" }));
    expect(screen.queryByRole("radio")).toBeNull();
    expect(screen.getByRole("textbox", { name: "Your message" })).toBeTruthy();
    expect(session.rate).not.toHaveBeenCalled();
  });
});

describe("trouble", () => {
  async function trouble(rest: Partial<Snapshot>) {
    const opened = await open();
    show(opened.session, rest.link === "idle" ? { conversation_id: null } : {}, rest);
    return opened;
  }

  it("with the connection is said when it lasts", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    await trouble({ link: "lost" });
    expect(screen.queryByText(/Connection lost/)).toBeNull();
    await act(() => vi.advanceTimersByTimeAsync(2_500));
    expect(screen.getByText(/Connection lost.*is kept/)).toBeTruthy();
    vi.useRealTimers();
  });

  it("without a network says that the customer is offline", async () => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    await trouble({ link: "lost" });
    expect(screen.getByText(/You are offline/)).toBeTruthy();
  });

  it.each([
    ["too_many", /Wait a minute/, "Try again"],
    ["not_signed_in", /Sign in on the website/, "Try again"],
    ["unreachable", /cannot be reached/, "Try again"],
    ["expired", /cannot be opened any more/, "Begin a new conversation"],
  ] as const)("of the kind %s says what to do", async (problem, text, button) => {
    const { session, user } = await trouble({ problem, link: "idle" });
    expect(screen.getByText(text)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: button }));
    expect(session.tryAgain).toHaveBeenCalledOnce();
  });

  it("with an action can be put away", async () => {
    const { session, user } = await trouble({ problem: "failed" });
    expect(screen.getByText("That did not work. Please try again.")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Close this note" }));
    expect(session.dismissProblem).toHaveBeenCalledOnce();
  });
});

describe("for everybody", () => {
  const until = new Date(Date.now() + 120_000).toISOString();
  const sources = [
    { title: "Prices", uri: "https://example.com/prices", score: 1, numbers: [1, 3] },
    { title: "Handbook", uri: "s3://documents/handbook.md", score: null, numbers: [] },
  ];
  const states: [string, Shown][] = [
    ["an answer", [{ turns: [question, { ...answer, sources }] }]],
    ["an answer in the making", [{ turns: [question], answering: true }]],
    [
      "waiting",
      [
        {
          turns: [question],
          owner: "waiting",
          waiting: { since: until, until, step: 1, steps: 2 },
        },
      ],
    ],
    ["a person", [{ turns: [question, ada], owner: "expert", expert_name: "Ada" }]],
    ["the end", [{ turns: [question, answer], owner: "closed" }]],
    ["trouble", [{ turns: [question] }, { problem: "expired" }]],
  ];

  it.each(states)("has no violations that axe finds: %s", async (_, shown) => {
    const { page } = await inTalk(...shown);
    // Colours need a real browser.
    const found = await axe.run(page.container, {
      rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
    });
    expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual(
      [],
    );
  });
});
