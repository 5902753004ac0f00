import { afterEach, describe, expect, it, vi } from "vitest";
import type { WidgetOptions } from "./options";
import { readOptions } from "./options";
import { type FromFrame, messageFrom } from "./protocol";
import { Widget } from "./widget";

const PAGES = "https://chat.example.com";

const OPTIONS: WidgetOptions = {
  origin: PAGES,
  language: "en",
  position: "right",
  label: null,
  theme: null,
  open: false,
};

function shadow(): ShadowRoot {
  return document.querySelector("tandem-chat")?.shadowRoot as ShadowRoot;
}

const button = () => shadow().querySelector("button") as HTMLButtonElement;
const frame = () => shadow().querySelector("iframe") as HTMLIFrameElement;
const dot = () => shadow().querySelector(".dot") as HTMLElement;

/** The chat in the frame says something; or somebody who claims to be it. */
function said(
  message: unknown,
  { source = frame().contentWindow, origin = PAGES }: Partial<MessageEventInit> = {},
): void {
  window.dispatchEvent(new MessageEvent("message", { data: message, source, origin }));
}

/** What the widget tells the frame from now on, and to which origin. */
function heard(): { message: unknown; origin: unknown }[] {
  const all: { message: unknown; origin: unknown }[] = [];
  vi.spyOn(frame().contentWindow as Window, "postMessage").mockImplementation(
    (message: unknown, origin: unknown) => void all.push({ message, origin }),
  );
  return all;
}

afterEach(() => {
  document.body.replaceChildren();
});

describe("the widget", () => {
  it("loads the chat only when it is opened for the first time", () => {
    new Widget(OPTIONS);
    expect(frame()).toBeNull();
    button().click();
    const first = frame();
    button().click();
    button().click();
    expect(frame()).toBe(first);
    const asked = new URL(first.src);
    expect(asked.origin).toBe(PAGES);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      embedded: "1",
      language: "en",
      host: location.origin,
    });
    expect(first.title).toBe("Chat");
    expect(first.allow).toBe("clipboard-write");
  });

  it("says to screen readers whether the chat is open, and gives the focus back", () => {
    new Widget(OPTIONS);
    expect(button().getAttribute("aria-expanded")).toBe("false");
    button().click();
    expect(button().getAttribute("aria-expanded")).toBe("true");
    expect(frame().hidden).toBe(false);
    const pressed = { key: "Escape", bubbles: true, composed: true };
    button().dispatchEvent(new KeyboardEvent("keydown", pressed));
    expect(frame().hidden).toBe(true);
    expect(button().getAttribute("aria-expanded")).toBe("false");
    expect(shadow().activeElement).toBe(button());
  });

  it("closes when the chat in the frame asks for it", () => {
    new Widget(OPTIONS).open();
    said({ tandem: "close" });
    expect(frame().hidden).toBe(true);
  });

  it("shows that somebody has written while it was closed, until it is opened", () => {
    const widget = new Widget(OPTIONS);
    widget.open();
    said({ tandem: "news" });
    expect(dot().hidden).toBe(true);
    widget.close();
    said({ tandem: "news" });
    expect(dot().hidden).toBe(false);
    expect(button().getAttribute("aria-label")).toBe("Chat: new message");
    widget.open();
    expect(dot().hidden).toBe(true);
    expect(button().getAttribute("aria-label")).toBe("Chat");
  });

  it("hears nobody but its own frame from the pages' own origin", () => {
    new Widget(OPTIONS).open();
    said({ tandem: "close" }, { source: window });
    said({ tandem: "close" }, { source: null });
    said({ tandem: "close" }, { origin: "https://chat.example.com.evil.example" });
    said({ tandem: "close" }, { origin: "null" });
    said("close");
    said(null);
    expect(frame().hidden).toBe(false);
  });

  it("gives no token to anybody else", async () => {
    const getToken = vi.fn(() => Promise.resolve("secret"));
    const widget = new Widget(OPTIONS);
    widget.identify(getToken);
    widget.open();
    const messages = heard();
    said({ tandem: "token", id: 1 }, { source: window });
    said({ tandem: "token", id: 1 }, { origin: "https://evil.example" });
    said({ tandem: "token", id: 2 });
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    expect(messages[0]?.message).toMatchObject({ id: 2 });
    expect(getToken).toHaveBeenCalledTimes(1);
  });

  it("gives the team's token to its frame, at the pages' origin only", async () => {
    const widget = new Widget(OPTIONS);
    widget.identify(() => Promise.resolve("secret"));
    widget.open();
    const messages = heard();
    said({ tandem: "ready" });
    said({ tandem: "token", id: 7 });
    await vi.waitFor(() =>
      expect(messages).toEqual([
        { message: { tandem: "identity", known: true }, origin: PAGES },
        { message: { tandem: "opened" }, origin: PAGES },
        { message: { tandem: "token", id: 7, token: "secret" }, origin: PAGES },
      ]),
    );
  });

  it("says that there is no token when the team's page has none, or fails", async () => {
    const widget = new Widget(OPTIONS);
    widget.open();
    const messages = heard();
    said({ tandem: "token", id: 1 });
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    widget.identify(() => Promise.reject(new Error("signed out")));
    said({ tandem: "token", id: 2 });
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    expect(messages.map(({ message }) => message)).toEqual([
      { tandem: "token", id: 1, token: null },
      { tandem: "token", id: 2, token: null },
    ]);
  });

  it("tells the frame when the customer signs in or out later", () => {
    const widget = new Widget(OPTIONS);
    widget.open();
    said({ tandem: "ready" });
    const messages = heard();
    widget.identify(() => "token");
    widget.identify(null);
    expect(messages.map(({ message }) => message)).toEqual([
      { tandem: "identity", known: true },
      { tandem: "identity", known: false },
    ]);
  });

  it("is open from the beginning where the team's page wants so", () => {
    new Widget({ ...OPTIONS, open: true, theme: "dark", label: "Help", position: "left" });
    expect(frame().hidden).toBe(false);
    expect(frame().title).toBe("Help");
    expect(new URL(frame().src).searchParams.get("theme")).toBe("dark");
    expect((shadow().host as HTMLElement).dataset).toMatchObject({
      position: "left",
      theme: "dark",
    });
  });
});

describe("the script", () => {
  function scriptWith(attributes: Record<string, string>): HTMLScriptElement {
    const script = document.createElement("script");
    script.src = `${PAGES}/widget.js`;
    Object.assign(script.dataset, attributes);
    return script;
  }

  it("finds the chat where it comes from itself, and reads its attributes", () => {
    const attributes = { language: "de-AT", position: "left", label: "Hilfe", theme: "dark" };
    expect(readOptions(scriptWith({ ...attributes, open: "" }))).toEqual({
      origin: PAGES,
      ...attributes,
      open: true,
    });
  });

  it("takes what it does not know for the usual", () => {
    const options = readOptions(scriptWith({ position: "middle", theme: "pink", open: "no" }));
    expect(options).toMatchObject({ position: "right", theme: null, label: null, open: false });
    expect(options.language).not.toBe("");
  });

  it("makes one button, however often it is on the page", async () => {
    const script = scriptWith({});
    vi.spyOn(document, "currentScript", "get").mockReturnValue(script);
    await import("./main");
    vi.resetModules();
    await import("./main");
    expect(document.querySelectorAll("tandem-chat")).toHaveLength(1);
    window.Tandem?.open();
    expect(frame().hidden).toBe(false);
    delete window.Tandem;
  });
});

it("takes a message only from the window and the origin that are meant", () => {
  const from = { window, origin: PAGES };
  const event = (init: MessageEventInit) => new MessageEvent("message", init);
  const data = { tandem: "ready" };
  const read = (init: MessageEventInit) => messageFrom<FromFrame>(event(init), from);
  expect(read({ data, source: window, origin: PAGES })).toEqual(data);
  expect(read({ data, source: null, origin: PAGES })).toBeNull();
  expect(read({ data, source: window, origin: "http://chat.example.com" })).toBeNull();
  expect(read({ data: "ready", source: window, origin: PAGES })).toBeNull();
  expect(
    messageFrom(event({ data, source: null, origin: PAGES }), { ...from, window: null }),
  ).toBeNull();
});
