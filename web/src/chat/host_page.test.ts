import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Identity } from "../live/customer_session";
import { HostPage } from "./host_page";

const ORIGIN = "https://shop.example.com";

/** The window around the frame; it remembers what it is told, and for which origin. */
const heard: unknown[][] = [];
let host: Window;
let page: HostPage;
const onIdentity = vi.fn<(identity: Identity | null) => void>();
const onOpened = vi.fn<() => void>();

function said(data: unknown, init: Partial<MessageEventInit> = {}): void {
  const event = { data, source: host, origin: ORIGIN, ...init };
  window.dispatchEvent(new MessageEvent("message", event));
}

beforeEach(() => {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  host = frame.contentWindow as Window;
  heard.length = 0;
  vi.spyOn(host, "postMessage").mockImplementation((...told: unknown[]) => void heard.push(told));
  onIdentity.mockReset();
  onOpened.mockReset();
  page = new HostPage(ORIGIN, { onIdentity, onOpened }, host);
});

afterEach(() => {
  page.stop();
  document.body.replaceChildren();
});

function identity(): Identity {
  said({ tandem: "identity", known: true });
  return onIdentity.mock.lastCall?.[0] as Identity;
}

describe("the page around the frame", () => {
  it("is told that the chat is there, at its own origin only", () => {
    expect(heard).toEqual([[{ tandem: "ready" }, ORIGIN]]);
    page.close();
    page.news();
    expect(heard.map(([, origin]) => origin)).toEqual([ORIGIN, ORIGIN, ORIGIN]);
  });

  it("is believed only in its own window and of its own origin", () => {
    said({ tandem: "opened" }, { origin: "https://evil.example" });
    said({ tandem: "opened" }, { source: window });
    said({ tandem: "identity", known: true }, { source: null });
    said("opened");
    expect(onOpened).not.toHaveBeenCalled();
    expect(onIdentity).not.toHaveBeenCalled();
    said({ tandem: "opened" });
    expect(onOpened).toHaveBeenCalledOnce();
  });

  it("gives a token when it is asked for one", async () => {
    const token = identity()();
    expect(heard.at(-1)).toEqual([{ tandem: "token", id: 1 }, ORIGIN]);
    said({ tandem: "token", id: 1, token: "of evil" }, { origin: "https://evil.example" });
    said({ tandem: "token", id: 1, token: "secret" });
    expect(await token).toBe("secret");
  });

  it("gives each who asks their own token", async () => {
    const get = identity();
    const tokens = [get(), get()];
    said({ tandem: "token", id: 2, token: "two" });
    said({ tandem: "token", id: 1, token: "one" });
    expect(await Promise.all(tokens)).toEqual(["one", "two"]);
  });

  it("has none where nobody is signed in", async () => {
    const token = identity()();
    said({ tandem: "token", id: 1, token: null });
    await expect(token).rejects.toThrow("no token");
    said({ tandem: "identity", known: false });
    expect(onIdentity).toHaveBeenLastCalledWith(null);
  });

  it("that never answers is not waited for without end", async () => {
    vi.useFakeTimers();
    const token = expect(identity()()).rejects.toThrow("no token");
    await vi.advanceTimersByTimeAsync(30_000);
    await token;
    vi.useRealTimers();
  });
});
