import { act, cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApi, type Schemas } from "../live/http";
import { fakeOverview, NOTHING } from "./fake_overview";
import Overview from "./overview";

const NOW = new Date("2026-11-23T14:05:00");
const MINUTE = 60_000;

/** The server: what it is asked, and how it answers. */
const server = {
  asked: [] as URL[],
  reply: (): Promise<Response> => Promise.reject(new Error("no reply given")),
  says(overview: Schemas["Overview"]) {
    this.reply = async () => Response.json(overview);
  },
  refuses(status: number, code: string, message: string) {
    this.reply = async () => Response.json({ code, message, detail: {} }, { status });
  },
  isDown() {
    this.reply = () => Promise.reject(new TypeError("Failed to fetch"));
  },
};

let person: ReturnType<typeof userEvent.setup>;
let visibility: DocumentVisibilityState;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, shouldAdvanceTime: true });
  person = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  visibility = "visible";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
  server.asked = [];
  vi.stubGlobal("fetch", (request: Request) => {
    server.asked.push(new URL(request.url));
    return server.reply();
  });
  history.replaceState(null, "", "/desk/overview");
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open() {
  return render(<Overview api={createApi("https://api.test", () => "token")} />);
}

/** The card of a key figure, as text. */
function card(label: string): string {
  const term = screen.getByText(label, { selector: "dt *" }).closest("dt");
  return term?.nextElementSibling?.textContent ?? "";
}

async function passes(ms: number) {
  await act(() => vi.advanceTimersByTimeAsync(ms));
}

describe("with figures", () => {
  beforeEach(() => server.says(fakeOverview()));

  it("asks for today, from local midnight to local midnight", async () => {
    open();
    await screen.findByText("42");
    const query = server.asked[0]?.searchParams;
    expect(query?.get("from")).toBe(new Date(2026, 10, 23).toISOString());
    expect(query?.get("to")).toBe(new Date(2026, 10, 24).toISOString());
  });

  it("shows each figure with what it is of, and what it means", async () => {
    open();
    await screen.findByText("42");
    expect(card("A person was called")).toMatch(/^21%9 of 42 conversations.*begun in the period/);
    expect(card("Calls for a person")).toMatch(/^118 claimed, 2 open/);
    expect(card("Expired calls")).toMatch(/^1of 11 calls/);
    expect(card("Time to claim")).toMatch(
      /^42 smedian of 8 calls95th percentile of few: 4 min 5 s/,
    );
    expect(card("Time to resolve")).toMatch(/^10 min 12 smedian of 7 calls/);
    expect(card("Stars")).toMatch(/^4\.0average of 6 ratings/);
    expect(card("Thumbs")).toMatch(/31 .*4on 35 answers/);
  });

  it("draws charts that say in words what they show", async () => {
    open();
    const said = async (name: string, description: string | RegExp) =>
      expect(await screen.findByRole("application", { name, description })).toBeDefined();
    await said("Why a person was called", "11 calls. Wanted a person: 7, No answer found: 4.");
    await said("Conversations by hour", /^42 conversations begun and 11 calls.*30 at/);
    await said("Stars given", /^6 ratings, on average 4\.0 stars\. 5 stars: 3, 4 stars: 2/);
  });

  it("says how they are counted", async () => {
    open();
    await screen.findByText("42");
    await person.click(screen.getByRole("button", { name: "How these are counted" }));
    expect(screen.getByText(/linear interpolation/)).toBeDefined();
  });

  it("has nothing that axe finds fault with", async () => {
    vi.useRealTimers();
    const { container } = open();
    await screen.findByText("42");
    const { violations } = await axe.run(container, {
      // Colours are not known here.
      rules: { "color-contrast": { enabled: false } },
    });
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
  });

  it("hands them over as a CSV file", async () => {
    const made = vi.fn((_blob: Blob) => "blob:https://page.test/1");
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: made, revokeObjectURL: vi.fn() }));
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
    open();
    await screen.findByText("42");
    await person.click(screen.getByRole("button", { name: "Export as CSV" }));
    expect(clicked.mock.contexts[0]).toMatchObject({ download: "overview-2026-11-23.csv" });
    expect(await made.mock.calls[0]?.[0].text()).toContain("conversations begun,,42,conversations");
  });
});

describe("the period", () => {
  beforeEach(() => server.says(fakeOverview()));

  it("is the one that the address names", async () => {
    history.replaceState(null, "", "/desk/overview?period=yesterday");
    open();
    await screen.findByText("42");
    expect(server.asked[0]?.searchParams.get("from")).toBe(new Date(2026, 10, 22).toISOString());
    expect(screen.getByText(/^Yesterday: .*22/)).toBeDefined();
  });

  it("goes into the address when it is chosen, and the old figures go away at once", async () => {
    open();
    await screen.findByText("42");
    server.reply = () => new Promise(() => {});
    await person.click(screen.getByRole("button", { name: "Last 7 days" }));
    expect(location.search).toBe("?period=7d");
    expect(screen.queryByText("42")).toBeNull();
    const query = server.asked.at(-1)?.searchParams;
    expect(query?.get("from")).toBe(new Date(2026, 10, 17).toISOString());
  });

  it("of a week is drawn by days of the reader's calendar", async () => {
    const from = new Date(2026, 10, 17).toISOString();
    const hours = Array.from({ length: 7 * 24 }, (_, hour) => ({
      start: new Date(2026, 10, 17, hour).toISOString(),
      conversations: hour === 47 || hour === 48 ? 21 : 0,
      escalations: hour === 48 ? 11 : 0,
    }));
    server.says(fakeOverview({ from, hours }));
    history.replaceState(null, "", "/desk/overview?period=7d");
    open();
    const description = /^42 conversations begun and 11 calls for a person in 7 days\. .* 21 on /;
    const chart = { name: "Conversations by day", description };
    expect(await screen.findByRole("application", chart)).toBeDefined();
  });

  it("is today where the address names none that exists", async () => {
    history.replaceState(null, "", "/desk/overview?period=forever");
    open();
    await screen.findByText(/^Today: /);
  });

  it("is answered by its own figures only, however late another's come", async () => {
    let answerLate: (response: Response) => void = () => {};
    server.reply = () =>
      new Promise((resolve) => {
        answerLate = resolve;
      });
    open();
    server.says(fakeOverview({ conversations: 7000 }));
    await person.click(screen.getByRole("button", { name: "Last 30 days" }));
    await screen.findByText("7,000");
    answerLate(Response.json(fakeOverview({ conversations: 1 })));
    await passes(10);
    expect(card("Conversations")).toMatch(/^7,000/);
  });
});

describe("refreshing", () => {
  beforeEach(() => server.says(fakeOverview()));

  it("happens each minute while the page is visible", async () => {
    open();
    await screen.findByText("42");
    server.says(fakeOverview({ conversations: 43 }));
    await passes(MINUTE);
    expect(card("Conversations")).toMatch(/^43/);
    expect(screen.getByText(/14:06|2:06/)).toBeDefined();
  });

  it("waits while the page is hidden, and happens at once when it is seen again", async () => {
    open();
    await screen.findByText("42");
    visibility = "hidden";
    await passes(5 * MINUTE);
    expect(server.asked).toHaveLength(1);
    visibility = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    await passes(0);
    expect(server.asked).toHaveLength(2);
  });

  it("goes on with the new day after midnight", async () => {
    vi.setSystemTime(new Date("2026-11-23T23:59:30"));
    open();
    await screen.findByText("42");
    await passes(MINUTE);
    const query = server.asked.at(-1)?.searchParams;
    expect(query?.get("from")).toBe(new Date(2026, 10, 24).toISOString());
  });

  it("happens on the button", async () => {
    open();
    await screen.findByText("42");
    server.says(fakeOverview({ conversations: 44 }));
    await person.click(screen.getByRole("button", { name: "Refresh" }));
    await screen.findByText("44");
  });

  it("that fails keeps the figures and says of when they are", async () => {
    open();
    await screen.findByText("42");
    server.isDown();
    await passes(MINUTE);
    expect(screen.getByText(/The figures are as of .*could not be refreshed/)).toBeDefined();
    expect(card("Conversations")).toMatch(/^42/);
    server.says(fakeOverview({ conversations: 45 }));
    await passes(MINUTE);
    expect(card("Conversations")).toMatch(/^45/);
    expect(screen.queryByText(/could not be refreshed/)).toBeNull();
  });

  it("ends with the page", async () => {
    const { unmount } = open();
    await screen.findByText("42");
    unmount();
    await passes(5 * MINUTE);
    expect(server.asked).toHaveLength(1);
  });
});

it("keeps its headings and definitions in place while the figures are awaited", () => {
  server.reply = () => new Promise(() => {});
  open();
  expect(screen.getByRole("heading", { level: 1, name: "Overview" })).toBeDefined();
  expect(card("Conversations")).toMatch(/^….*Begun in the period/);
  expect(screen.getByRole("button", { name: "Export as CSV" })).toHaveProperty("disabled", true);
});

describe("an empty day", () => {
  it("shows noughts and dashes, no percentage, and says that there is nothing to draw", async () => {
    server.says(fakeOverview(NOTHING));
    open();
    await screen.findByText("No conversation was begun in this period.");
    expect(card("Conversations")).toMatch(/^0/);
    expect(card("A person was called")).toMatch(/^–0 of 0 conversations/);
    expect(card("Time to claim")).toMatch(/^–median of 0 calls95th percentile: –/);
    expect(card("Stars")).toMatch(/^–/);
    expect(screen.getByText("No person was called in this period.")).toBeDefined();
    expect(screen.queryByRole("application")).toBeNull();
  });

  it("of few conversations shows counts instead of a percentage", async () => {
    server.says(fakeOverview({ conversations: 3, with_person: 1, share: 1 / 3 }));
    open();
    await screen.findByText("1 of 3");
    expect(screen.queryByText("33%")).toBeNull();
  });
});

describe("without figures", () => {
  it("says that the server cannot be reached, and tries again on the button", async () => {
    server.isDown();
    open();
    const problem = await screen.findByText("The figures could not be read");
    expect(problem).toBeDefined();
    server.says(fakeOverview());
    await person.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("42");
    expect(screen.queryByText("The figures could not be read")).toBeNull();
  });

  it("gives the server's own words where it refuses", async () => {
    server.refuses(400, "invalid_message", "Ask for less at a time.");
    open();
    await screen.findByText("Ask for less at a time.");
  });

  it("asks to sign in again where the sign-in has ended", async () => {
    server.reply = async () => Response.json({ message: "Unauthorized" }, { status: 401 });
    open();
    await screen.findByText(/sign in again/i);
  });

  it("tells an expert that it is for leads, shows nothing else and asks no more", async () => {
    server.refuses(403, "access_denied", "Only members of the group leads may see this.");
    open();
    const notice = (await screen.findByText("The overview is for leads")).closest("main, body");
    expect(
      within(notice as HTMLElement).getByRole("link", { name: "Go to the desk" }),
    ).toBeDefined();
    expect(screen.queryByText("Key figures")).toBeNull();
    await passes(5 * MINUTE);
    expect(server.asked).toHaveLength(1);
  });
});
