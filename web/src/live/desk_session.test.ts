import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EscalationView } from "../contracts/frames";
import { heldBy, isWaiting } from "./desk_queue";
import { DeskSession } from "./desk_session";
import { DeskStandIn, HTTP, ok, refused, SOCKET } from "./desk_stand_in";

let server: DeskStandIn;
let session: DeskSession;
let token: (options?: { fresh: boolean }) => Promise<string | undefined>;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
  });
  server = new DeskStandIn();
  token = async () => "id-token";
  vi.stubGlobal("fetch", (request: Request) => server.fetch(request));
  vi.stubGlobal("WebSocket", server.webSocket);
  session = new DeskSession({
    http_url: HTTP,
    websocket_url: SOCKET,
    token: (options) => token(options),
  });
});

afterEach(() => {
  session.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const now = () => session.current();
const opened = (id: string) => now().opened[id];
const texts = (id: string) => opened(id)?.conversation.turns.map((turn) => turn.text);
const open_ids = () => [...now().queue.open.keys()];
const eventually = vi.waitFor;

async function atTheDesk(): Promise<void> {
  session.start();
  await eventually(() => expect(server.sockets).toHaveLength(1));
  server.socket.opens();
  await eventually(() => expect(server.askedFor("GET", "/desk/queue")).toHaveLength(2));
  await eventually(() => expect(now().link).toBe("open"));
  await settled();
}

/** Everything that was asked has been answered. */
async function settled(): Promise<void> {
  let asked = -1;
  while (asked !== server.asked.length) {
    asked = server.asked.length;
    await vi.advanceTimersByTimeAsync(1);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the queue", () => {
  it("is read with who has signed in, and each connection has a ticket of its own", async () => {
    server.waiting("c1");
    await atTheDesk();
    expect(open_ids()).toEqual(["e-c1"]);
    expect(now()).toMatchObject({ access: "granted", problem: null, queue_read: true });
    expect(server.socket.url).toBe(`${SOCKET}?token=ticket-1`);

    server.socket.breaks();
    await eventually(() => expect(server.sockets).toHaveLength(2));
    expect(server.socket.url).toBe(`${SOCKET}?token=ticket-2`);
  });

  it("takes what comes live, and loses what has ended", async () => {
    server.waiting("c1");
    await atTheDesk();
    const second = server.waiting("c2");
    server.socket.says({ type: "queue", escalation: second });
    expect(open_ids()).toEqual(["e-c1", "e-c2"]);

    server.socket.says(server.changed("e-c1", { status: "resolved" }));
    expect(open_ids()).toEqual(["e-c2"]);
  });

  it("does not believe late news of an escalation that has ended", async () => {
    const escalation = server.waiting("c1");
    await atTheDesk();
    server.socket.says(server.changed("e-c1", { status: "handed_back" }));
    server.socket.says({ type: "queue", escalation });
    expect(open_ids()).toEqual([]);
  });

  it("keeps what came while it was read, though the list is older", async () => {
    const old = [server.waiting("ends"), server.waiting("claimed")];
    await atTheDesk();
    server.instead.set("GET /desk/queue", () => {
      server.instead.clear();
      const claimed = { status: "claimed", claimed_by: "bo", claimed_name: "Bo" };
      server.socket.says(server.changed("e-ends", { status: "resolved" }));
      server.socket.says(server.changed("e-claimed", claimed));
      return ok({ escalations: old });
    });
    await session.resume();
    expect(open_ids()).toEqual(["e-claimed"]);
    expect(now().queue.open.get("e-claimed")?.status).toBe("claimed");
  });

  it("moves an expired call to the follow-ups, until somebody has followed up", async () => {
    server.waiting("c1");
    await atTheDesk();
    server.socket.says(server.changed("e-c1", { status: "expired", follow_up: true }));
    expect(open_ids()).toEqual([]);
    const [due] = [...now().queue.follow_ups.values()] as [EscalationView];
    expect(due.escalation_id).toBe("e-c1");

    const ending = { outcome: "called back", note: "", knowledge: false };
    expect(await session.followUpDone(due, ending)).toBeNull();
    expect(now().queue.follow_ups.size).toBe(0);
    expect(server.askedFor("POST", "/desk/conversations/c1/follow-up")[0]?.body).toEqual({
      ...ending,
      escalation_id: "e-c1",
    });
  });

  it("is read again after the connection was lost", async () => {
    await atTheDesk();
    server.socket.breaks();
    await eventually(() => expect(now().link).toBe("lost"));
    server.waiting("c9");
    await eventually(() => expect(server.sockets).toHaveLength(2));
    server.socket.opens();
    await eventually(() => expect(open_ids()).toEqual(["e-c9"]));
  });

  it("is read now and then while no live connection can be had", async () => {
    session.start();
    await settled();
    expect(now().link).toBe("connecting");
    server.waiting("c1");
    await vi.advanceTimersByTimeAsync(15_000);
    await settled();
    expect(open_ids()).toEqual(["e-c1"]);
  });

  it("is tried again until the server is reached", async () => {
    server.reachable = false;
    session.start();
    await settled();
    expect(now().problem).toBe("unreachable");
    server.reachable = true;
    server.waiting("c1");
    await vi.advanceTimersByTimeAsync(2_000);
    await settled();
    expect(now()).toMatchObject({ problem: null, access: "granted" });
    expect(open_ids()).toEqual(["e-c1"]);
  });
});

describe("a call", () => {
  let called: string[];
  beforeEach(() => {
    called = [];
    session.onCall((escalation) => called.push(escalation.escalation_id));
  });

  it("is announced once, and not for what waited before", async () => {
    server.waiting("c1");
    await atTheDesk();
    expect(called).toEqual([]);
    const escalation = server.waiting("c2");
    server.socket.says({ type: "queue", escalation });
    server.socket.says({ type: "queue", escalation: { ...escalation, tier: "lead" } });
    expect(called).toEqual(["e-c2"]);
  });

  it("that is meant for somebody else is not announced, until it is for anybody", async () => {
    await atTheDesk();
    const escalation = server.waiting("c1", { assigned_to: "bo" });
    server.socket.says({ type: "queue", escalation });
    expect(called).toEqual([]);
    server.socket.says(server.changed("e-c1", { assigned_to: null }));
    expect(called).toEqual(["e-c1"]);
  });

  it("that waits for anybody is announced again when it is meant for this person", async () => {
    server.waiting("c1");
    await atTheDesk();
    server.socket.says(server.changed("e-c1", { assigned_to: "ana" }));
    expect(called).toEqual(["e-c1"]);
  });

  it("that this person gave away is not announced to them", async () => {
    server.held("c1");
    await atTheDesk();
    expect(await session.reassign("c1", null, "")).toBeNull();
    await settled();
    expect(open_ids()).toEqual(["e-c1"]);
    expect(called).toEqual([]);
  });
});

describe("taking over", () => {
  it("makes this person the holder", async () => {
    server.waiting("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    expect(session.holds("c1")).toBe(false);
    expect(await session.claim("c1")).toBeNull();
    expect(session.holds("c1")).toBe(true);
    expect(opened("c1")?.conversation.owner).toBe("expert");
  });

  it("tells who was faster", async () => {
    server.waiting("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    server.changed("e-c1", { status: "claimed", claimed_by: "bo", claimed_name: "Bo" });
    server.instead.set("POST /desk/conversations/c1/claim", () =>
      refused(409, "already_claimed", "Bo has taken it.", { by: "Bo" }),
    );
    expect(await session.claim("c1")).toMatchObject({ code: "already_claimed", by: "Bo" });
    expect(opened("c1")?.notice).toBe("Bo was faster and has taken this conversation over.");
    expect(session.holds("c1")).toBe(false);
    expect(now().queue.open.get("e-c1")).toMatchObject({ claimed_name: "Bo" });
  });

  it("that was undone by the server is told", async () => {
    server.held("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    server.socket.says(
      server.changed("e-c1", { status: "waiting", claimed_by: null, claimed_name: null }),
    );
    expect(opened("c1")?.notice).toMatch(/went back to the queue/);
  });

  it("checks news that say a claim is no more: they may be late", async () => {
    const before = server.waiting("c1");
    await atTheDesk();
    const claimed = { status: "claimed", claimed_by: "bo", claimed_name: "Bo" };
    server.socket.says(server.changed("e-c1", claimed));
    server.socket.says({ type: "queue", escalation: before });
    await settled();
    expect([...now().queue.open.values()].filter(isWaiting)).toEqual([]);
  });
});

describe("news that come late while the queue is read", () => {
  it("are checked, too", async () => {
    const before = server.waiting("c1");
    await atTheDesk();
    server.socket.says(
      server.changed("e-c1", { status: "claimed", claimed_by: "bo", claimed_name: "Bo" }),
    );
    server.instead.set("GET /desk/queue", () => {
      server.instead.clear();
      server.socket.says({ type: "queue", escalation: before });
      return ok({ escalations: [...server.escalations.values()] });
    });
    await session.resume();
    await settled();
    expect(now().queue.open.get("e-c1")?.status).toBe("claimed");
  });
});

describe("signs of life", () => {
  const present = () => server.socket.frames.filter((frame) => frame.action === "present");

  it("are sent for the conversations that this person holds, and only for those", async () => {
    server.held("mine");
    server.waiting("waits");
    server.waiting("theirs", { status: "claimed", claimed_by: "bo", claimed_name: "Bo" });
    await atTheDesk();
    server.socket.frames.length = 0;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(present()).toEqual([{ action: "present", conversation_id: "mine" }]);
  });

  it("come three times within the heartbeat that the policy asks for", async () => {
    server.heartbeat_seconds = 30;
    server.held("mine");
    await atTheDesk();
    server.socket.frames.length = 0;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(present()).toHaveLength(3);
  });

  it("go by HTTP while there is no connection", async () => {
    server.held("mine");
    session.start();
    await settled();
    await vi.advanceTimersByTimeAsync(40_000);
    await settled();
    expect(server.askedFor("POST", "/desk/conversations/mine/presence")).not.toHaveLength(0);
  });

  it("that are refused have the queue read again", async () => {
    server.held("mine");
    await atTheDesk();
    server.changed("e-mine", { status: "waiting", claimed_by: null, claimed_name: null });
    server.socket.says({
      type: "error",
      code: "not_yours",
      message: "You do not hold it.",
      client_id: null,
      detail: {},
    });
    await settled();
    expect(heldBy(now().queue, "ana")).toEqual([]);
  });
});

describe("an open conversation", () => {
  it("shows each message of the customer once, live", async () => {
    server.held("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    const turn = server.said("c1", { text: "Hello?" });
    server.socket.says(turn);
    server.socket.says(turn);
    expect(texts("c1")).toEqual(["Where is my parcel?", "Hello?"]);
  });

  it("reads what is missing when a turn did not come", async () => {
    server.held("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    server.said("c1", { text: "lost on its way" });
    server.socket.says(server.said("c1", { text: "arrived" }));
    await settled();
    expect(texts("c1")).toEqual(["Where is my parcel?", "lost on its way", "arrived"]);
  });

  it("is read again after the connection was lost", async () => {
    server.held("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    server.socket.breaks();
    server.said("c1", { text: "Are you there?" });
    await eventually(() => expect(server.sockets).toHaveLength(2));
    server.socket.opens();
    await eventually(() => expect(texts("c1")).toContain("Are you there?"));
  });

  it("that is not there says so", async () => {
    await atTheDesk();
    session.open("nowhere");
    await settled();
    expect(opened("nowhere")?.state).toBe("missing");
    expect(now().problem).toBeNull();
  });

  it("shows the customer typing for a while, and sends this person's, not at each key", async () => {
    server.held("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    server.socket.says({
      type: "typing",
      conversation_id: "c1",
      author: "customer",
      name: null,
    });
    expect(opened("c1")?.conversation.typing?.author).toBe("customer");
    await vi.advanceTimersByTimeAsync(7_000);
    expect(opened("c1")?.conversation.typing).toBeNull();

    server.socket.frames.length = 0;
    session.typing("c1");
    session.typing("c1");
    expect(server.socket.frames).toEqual([{ action: "typing", conversation_id: "c1" }]);
  });

  it("sends nobody's typing into a conversation that this person does not hold", async () => {
    server.waiting("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    session.typing("c1");
    expect(server.socket.frames).toEqual([]);
  });
});

describe("writing", () => {
  const messages = () => server.askedFor("POST", "/desk/conversations/c1/messages");
  beforeEach(async () => {
    server.held("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
  });

  it("is shown at once and stands there once, though the server gives it another id", async () => {
    const said = session.say("c1", "It comes today.");
    expect(opened("c1")?.conversation.outgoing).toMatchObject([
      { text: "It comes today.", state: "sending" },
    ]);
    await said;
    expect(opened("c1")?.conversation.outgoing).toEqual([]);
    expect(texts("c1")).toEqual(["Where is my parcel?", "It comes today."]);
  });

  it("stands there once when the turn comes live before the answer", async () => {
    let on_its_way: unknown;
    server.instead.set("POST /desk/conversations/c1/messages", () => {
      const body = messages().at(-1)?.body ?? {};
      const client_id = `desk.0badcafe.${String(body.client_id)}`;
      const text = String(body.text);
      server.socket.says(server.said("c1", { author: "expert", text, client_id }));
      on_its_way = opened("c1")?.conversation.outgoing;
      return ok({ turn: server.view("c1").turns.at(-1), duplicate: false });
    });
    await session.say("c1", "It comes today.");
    expect(on_its_way).toEqual([]);
    expect(texts("c1")).toEqual(["Where is my parcel?", "It comes today."]);
  });

  it("keeps the order of what is written quickly", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.instead.set("POST /desk/conversations/c1/messages", async () => {
      server.instead.clear();
      await held;
      return refused(400, "invalid_message", "No.");
    });
    const first = session.say("c1", "one");
    const second = session.say("c1", "two");
    await settled();
    expect(messages().map(({ body }) => body.text)).toEqual(["one"]);
    release();
    await Promise.all([first, second]);
    expect(messages().map(({ body }) => body.text)).toEqual(["one", "two"]);
  });

  it("that was refused stays, with the reason, and can be tried again or discarded", async () => {
    server.instead.set("POST /desk/conversations/c1/messages", () =>
      refused(409, "not_yours", "Bo holds it."),
    );
    await session.say("c1", "Too late");
    await settled();
    const [failed] = opened("c1")?.conversation.outgoing ?? [];
    expect(failed).toMatchObject({ state: "failed", problem: { message: "Bo holds it." } });

    server.instead.clear();
    await session.retry("c1", failed?.client_id ?? "");
    expect(texts("c1")).toContain("Too late");
    expect(messages()[0]?.body.client_id).toBe(messages()[1]?.body.client_id);
  });

  it("that did not reach the server is sent when the connection is back", async () => {
    server.reachable = false;
    server.socket.breaks();
    await session.say("c1", "Still here");
    expect(opened("c1")?.conversation.outgoing[0]).toMatchObject({ state: "failed" });
    server.reachable = true;
    await eventually(() => expect(texts("c1")).toContain("Still here"), { timeout: 60_000 });
    await settled();
    expect(texts("c1")?.filter((text) => text === "Still here")).toHaveLength(1);
    expect(opened("c1")?.conversation.outgoing).toEqual([]);
  });

  it("sends the withheld answer as it is without repeating its text", async () => {
    server.view("c1").draft = {
      turn_id: "d",
      in_reply_to: 1,
      text: "It is on its way.",
      model_id: null,
      sources: [],
      withheld_because: "the customer is upset",
      at: new Date().toISOString(),
    };
    await session.refresh("c1");
    await session.say("c1", "It is on its way.", true);
    await session.say("c1", "It is on its way, truly.", true);
    expect(messages().map(({ body }) => [body.text, body.use_draft])).toEqual([
      ["", true],
      ["It is on its way, truly.", true],
    ]);
  });

  it("is finished before the conversation ends", async () => {
    const order: string[] = [];
    server.instead.set("POST /desk/conversations/c1/messages", async () => {
      await Promise.resolve();
      order.push("message");
      return refused(400, "invalid_message", "No.");
    });
    server.instead.set("POST /desk/conversations/c1/resolve", () => {
      order.push("resolve");
      return ok({ conversation_id: "c1", owner: "closed", expert_name: null });
    });
    void session.say("c1", "Good bye");
    await session.resolve("c1", { outcome: "done", note: "", knowledge: false });
    expect(order).toEqual(["message", "resolve"]);
  });
});

describe("the sign-in", () => {
  it("that has expired stops everything without losing it, and goes on after the next", async () => {
    server.held("c1");
    await atTheDesk();
    session.open("c1");
    await settled();
    token = async () => undefined;
    expect(await session.claim("c1")).toMatchObject({ code: "not_signed_in" });
    expect(now()).toMatchObject({ problem: "signed_out", link: "lost" });
    expect(texts("c1")).toEqual(["Where is my parcel?"]);
    const asked = server.asked.length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.asked).toHaveLength(asked);

    token = async () => "another";
    server.said("c1", { text: "Hello?" });
    await session.resume();
    await settled();
    expect(now().problem).toBeNull();
    expect(texts("c1")).toContain("Hello?");
    await eventually(() => expect(server.sockets).toHaveLength(2));
  });

  it("whose token is refused is tried once with a fresh one", async () => {
    await atTheDesk();
    const asked: unknown[] = [];
    token = async (options) => {
      asked.push(options);
      return "id-token";
    };
    let refusals = 1;
    server.instead.set("GET /desk/people", () =>
      refusals-- > 0 ? { status: 401, body: { message: "Unauthorized" } } : ok({ people: [] }),
    );
    expect(await session.server.people()).toEqual([]);
    expect(asked).toEqual([undefined, { fresh: true }]);
    expect(now().problem).toBeNull();
  });

  it("of somebody who is in neither group is not let in", async () => {
    server.instead.set("GET /desk/settings", () =>
      refused(403, "access_denied", "Only members of the groups experts and leads."),
    );
    session.start();
    await settled();
    expect(now().access).toBe("denied");
    expect(server.sockets).toHaveLength(0);
  });
});

it("measures how far this page's clock is from the server's", async () => {
  const requested_at = new Date(Date.now() - 300_000).toISOString();
  server.waiting("c1", { requested_at, waiting_seconds: 60 });
  await atTheDesk();
  expect(now().skew_ms / 1000).toBeCloseTo(240, 0);
});
