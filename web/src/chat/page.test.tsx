import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Page } from "./page";
import { readPageOptions } from "./page_options";

const HOST = "https://shop.example.com";
const CONFIGURATION = {
  http_url: "https://api.test",
  websocket_url: "wss://socket.test/live",
  region: "us-east-1",
  desk: null,
  guests: true,
  escalation: true,
  review: true,
  tuning: true,
};

const told: unknown[] = [];

function open(search: string): void {
  render(<Page configuration={CONFIGURATION} options={readPageOptions(search, ["en"])} />);
}

/** The page around the frame says something; in jsdom, it is the same window. */
function said(data: unknown): void {
  const event = { data, source: window.parent, origin: HOST };
  act(() => void window.dispatchEvent(new MessageEvent("message", event)));
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  told.length = 0;
  vi.spyOn(window.parent, "postMessage").mockImplementation((message: unknown) => {
    told.push(message);
  });
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the page", () => {
  it("alone is there at once, with the cursor where one writes", () => {
    open("");
    expect(document.activeElement).toBe(screen.getByRole("textbox"));
    expect(screen.queryByRole("button", { name: "Close chat" })).toBeNull();
    expect(told).toEqual([]);
  });

  it("in a frame waits to hear who the customer is before it takes up a conversation", () => {
    open(`?embedded=1&host=${HOST}`);
    expect(told).toEqual([{ tandem: "ready" }]);
    expect(screen.getByRole("heading", { name: "Chat" })).toBeTruthy();
    expect(screen.queryByRole("textbox")).toBeNull();
    said({ tandem: "identity", known: true });
    expect(screen.getByRole("textbox")).toBeTruthy();
    expect(document.activeElement).toBe(document.body);
    said({ tandem: "opened" });
    expect(document.activeElement).toBe(screen.getByRole("textbox"));
  });

  it("in a frame does not wait for ever", async () => {
    open(`?embedded=1&host=${HOST}`);
    await act(() => vi.advanceTimersByTimeAsync(3_500));
    expect(screen.getByRole("textbox")).toBeTruthy();
  });

  it("in a frame is closed by its button and by Escape", () => {
    open(`?embedded=1&host=${HOST}`);
    act(() => screen.getByRole("button", { name: "Close chat" }).click());
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(told.slice(1)).toEqual([{ tandem: "close" }, { tandem: "close" }]);
  });

  it("offers no person before the settings are there where people are called elsewhere", () => {
    open("");
    expect(screen.queryByRole("button", { name: "Talk to a person" })).toBeNull();
  });
});
