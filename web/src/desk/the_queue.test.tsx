import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Bench, bench, clearBench, inTopBar, openDesk } from "./test_bench";

afterEach(clearBench);

const list = (name: string) => screen.findByRole("list", { name });
const entries = async (name: string) =>
  within(await list(name))
    .getAllByRole("listitem")
    .map((item) => item.textContent);

describe("the queue", () => {
  it("says so when nobody is waiting", async () => {
    await openDesk(bench());
    expect(await screen.findByText("Nobody is waiting.")).toBeTruthy();
    expect(screen.getByText("You hold no conversation.")).toBeTruthy();
    expect(document.title).toBe("Desk");
  });

  it("shows that it is being read", async () => {
    const at = bench();
    at.server.instead.set("GET /desk/queue", () => new Promise(() => {}));
    await openDesk(at);
    expect(screen.getAllByRole("status", { name: "Loading" })).not.toHaveLength(0);
    expect(screen.queryByText("Nobody is waiting.")).toBeNull();
  });

  it("says of each call why, who, in which language, by when, and for whom", async () => {
    const at = bench((server) => {
      server.waiting("c1", {
        trigger: "no_grounding",
        reason: "no passage was found",
        language: "de",
        customer_id: "8f3e-77aa",
        assigned_to: "ana",
      });
    });
    await openDesk(at);
    const [entry] = await entries("Waiting");
    for (const words of [
      "Nothing was found to answer from",
      "no passage was found",
      "German",
      "Customer 77aa",
      "Meant for you",
      "waiting 1:0",
      "3:5",
      "tier primary",
    ]) {
      expect(entry).toContain(words);
    }
  });

  it("counts in the window's title, live", async () => {
    const at = bench((server) => server.waiting("c1"));
    await openDesk(at);
    await waitFor(() => expect(document.title).toBe("(1) Desk"));
    await at.says({ type: "queue", escalation: at.server.waiting("c2") });
    expect(document.title).toBe("(2) Desk");
    await at.says(at.server.changed("e-c1", { status: "resolved" }));
    await at.says(at.server.changed("e-c2", { status: "resolved" }));
    expect(document.title).toBe("Desk");
  });

  it("names the colleague who holds a conversation", async () => {
    const at = bench((server) =>
      server.waiting("c1", { status: "claimed", claimed_by: "bo", claimed_name: "Bo Li" }),
    );
    await openDesk(at);
    await at.user.click(await screen.findByRole("button", { name: /Held by colleagues/ }));
    expect((await entries("Held by colleagues"))[0]).toContain("with Bo Li");
  });

  it("says which of mine wait for my answer, also where no column is open", async () => {
    const at = bench((server) => server.held("c1"));
    await openDesk(at);
    expect((await entries("Mine"))[0]).not.toContain("to answer");
    await at.says(at.server.said("c1", { text: "Hello?" }));
    expect((await entries("Mine"))[0]).toContain("to answer since 0:0");
    await at.says(at.server.said("c1", { author: "expert", name: "Ana", text: "Hi" }));
    expect((await entries("Mine"))[0]).not.toContain("to answer");
  });

  it("opens a conversation by a click, beside the others, and decides nothing by it", async () => {
    const at = bench((server) => {
      server.waiting("c1");
      server.waiting("c2", { trigger: "button" });
    });
    await openDesk(at);
    await at.user.click(await screen.findByRole("button", { name: /pressed/ }));
    await at.user.click(await screen.findByRole("button", { name: /asks for a person/ }));
    await waitFor(() => expect(document.querySelectorAll("[data-conversation]")).toHaveLength(2));
    expect(location.search).toBe("?conversation=c2&conversation=c1");
    const column = document.querySelector("[data-conversation=c1]");
    await waitFor(() => expect(column?.contains(document.activeElement)).toBe(true));
    const sent = at.server.asked.filter(({ method }) => method === "POST");
    expect(sent.map(({ path }) => path)).toEqual(["/desk/ticket"]);
  });

  it("is moved in with the arrows, and reached by Alt+Q", async () => {
    const at = bench((server) => {
      server.waiting("c1");
      server.waiting("c2");
    });
    await openDesk(at);
    await list("Waiting");
    fireEvent.keyDown(document.body, { code: "KeyQ", key: "q", altKey: true });
    const [first, second] = document.querySelectorAll("[data-queue-entry] button");
    await waitFor(() => expect(document.activeElement).toBe(first));
    await at.user.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(second);
    await at.user.keyboard("{ArrowUp}");
    expect(document.activeElement).toBe(first);
  });
});

describe("closing a column", () => {
  it("hands the focus to its neighbour, at last to the queue", async () => {
    const at = bench((server) => {
      server.waiting("c1", { customer_id: "guest:aaaa" });
      server.waiting("c2", { customer_id: "guest:bbbb" });
    });
    await openDesk(at, "/desk?conversation=c1&conversation=c2");
    await at.user.click(await screen.findByRole("button", { name: "Close Guest bbbb" }));
    const left = document.querySelector("[data-conversation=c1]");
    await waitFor(() => expect(left?.contains(document.activeElement)).toBe(true));
    await at.user.click(screen.getByRole("button", { name: "Close Guest aaaa" }));
    await waitFor(() =>
      expect(document.activeElement?.closest("[data-queue-entry]")).not.toBeNull(),
    );
    expect(location.search).toBe("");
  });
});

describe("a new call", () => {
  const played = vi.fn();
  const shown = vi.fn();
  let hidden = false;

  beforeEach(() => {
    played.mockClear();
    shown.mockClear();
    hidden = false;
    vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
    const node = () => ({
      frequency: { value: 0 },
      gain: { setValueAtTime: () => {}, linearRampToValueAtTime: () => {} },
      connect: (next: unknown) => next,
      start: played,
      stop: () => {},
    });
    vi.stubGlobal(
      "AudioContext",
      class {
        currentTime = 0;
        resume = async () => {};
        createOscillator = node;
        createGain = node;
      },
    );
    vi.stubGlobal(
      "Notification",
      class {
        static permission = "granted";
        static requestPermission = async () => "granted";
        onclick: (() => void) | null = null;
        close = () => {};
        constructor(title: string, options: NotificationOptions) {
          shown(title, options.body, this);
        }
      },
    );
  });

  const calls = (at: Bench) =>
    at.says({ type: "queue", escalation: at.server.waiting("c9", { reason: "secret words" }) });

  it("is heard, unless the sound is off, which is remembered", async () => {
    const at = bench();
    const page = await openDesk(at);
    await calls(at);
    expect(played).toHaveBeenCalled();
    await inTopBar(at, "Sound on");
    played.mockClear();
    await at.says(at.server.changed("e-c9", { status: "claimed", claimed_by: "bo" }));
    await calls(at);
    expect(played).not.toHaveBeenCalled();
    page.unmount();
    await openDesk(at);
    await inTopBar(at, "Sound off");
  });

  it("is notified of only when the page is hidden, without the customer's words", async () => {
    const at = bench();
    await openDesk(at);
    await calls(at);
    expect(shown).not.toHaveBeenCalled();
    await at.says(at.server.changed("e-c9", { status: "resolved" }));
    hidden = true;
    await at.says({
      type: "queue",
      escalation: at.server.waiting("c8", { reason: "secret words" }),
    });
    expect(shown).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(shown.mock.calls[0]?.slice(0, 2))).not.toContain("secret");

    const [, , notification] = shown.mock.calls[0] as [string, string, Notification];
    await act(async () => notification.onclick?.(new Event("click")));
    await waitFor(() => expect(location.search).toBe("?conversation=c8"));
  });

  it("is read out", async () => {
    const at = bench();
    await openDesk(at);
    await calls(at);
    await waitFor(
      () =>
        expect(
          [...document.querySelectorAll("[aria-live=polite]")].map((one) => one.textContent).join(),
        ).toContain("Somebody is waiting: The customer asks for a person."),
      { timeout: 4000 },
    );
  });
});
