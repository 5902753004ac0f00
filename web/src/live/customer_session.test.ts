import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CustomerFrame, CustomerGets, TurnSent } from "../contracts/frames";
import { CustomerSession, type CustomerSessionOptions } from "./customer_session";

const MINUTE = 60_000;
const TOKEN_MINUTES = 240;

/** The server's side, as far as a customer meets it: it stores what it gets, once. */
class Server {
  readonly requests: { route: string; token: string | null; body: unknown }[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly turns: TurnSent[] = [];
  /** `down`: nothing answers. `blocked`: HTTP does, but no socket opens. */
  network: "up" | "blocked" | "down" = "up";
  /** A frame gets lost on its way to the server, or the server's answers to it do. */
  loses: "nothing" | "frames" | "answers" = "nothing";
  refusal: { status: number; code: string } | null = null;
  clockAhead = 0;
  conversations = 0;
  private tokens = 0;

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  asked(route: string): number {
    return this.requests.filter((request) => request.route === route).length;
  }

  tell(code: string, owner: TurnSent["owner"]): TurnSent {
    return this.store({ author: "system", code, owner, text: code });
  }

  store(fields: Partial<TurnSent> & Pick<TurnSent, "author">): TurnSent {
    const seq = this.turns.length + 1;
    const turn: TurnSent = {
      type: "turn",
      conversation_id: `c${this.conversations}`,
      seq,
      turn_id: `t${seq}`,
      text: "",
      at: new Date().toISOString(),
      owner: this.turns.at(-1)?.owner ?? "assistant",
      client_id: null,
      name: null,
      code: null,
      in_reply_to: null,
      model_id: null,
      sources: [],
      ...fields,
    };
    this.turns.push(turn);
    return turn;
  }

  received(client_id: string, text: string): TurnSent {
    const known = this.turns.find((turn) => turn.client_id === client_id);
    return known ?? this.store({ author: "customer", client_id, text });
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const token = request.headers.get("authorization")?.replace("Bearer ", "") ?? null;
    const body: unknown = request.method === "POST" ? await request.json().catch(() => null) : null;
    const path = url.pathname.replace(/\/c\d+/, "/{id}");
    const route = `${request.method} ${path}`;
    if (this.network === "down") throw new TypeError("Failed to fetch");
    this.requests.push({ route, token, body });
    if (this.refusal) {
      const { status, code } = this.refusal;
      return Response.json({ code, message: code, detail: {} }, { status });
    }
    return Response.json(this.answer(route, body, url), { status: 200 });
  };

  private answer(route: string, body: unknown, url: URL): unknown {
    switch (route) {
      case "POST /conversations":
      case "POST /customer/conversations":
        this.conversations += 1;
        this.turns.length = 0;
        return this.opened();
      case "POST /conversations/{id}/token":
        return this.opened();
      case "POST /conversations/{id}/messages": {
        const { client_id, text } = body as { client_id: string; text: string };
        const { seq, turn_id } = this.received(client_id, text);
        return { seq, turn_id, duplicate: false };
      }
      case "GET /conversations/{id}":
        return {
          conversation_id: `c${this.conversations}`,
          owner: this.turns.at(-1)?.owner ?? "assistant",
          expert_name: null,
          answering: false,
          waiting: null,
          last_seq: this.turns.length,
          turns: this.turns.filter(({ seq }) => seq > Number(url.searchParams.get("after"))),
        };
      default:
        return { conversation_id: `c${this.conversations}`, owner: "assistant", expert_name: null };
    }
  }

  private opened(): unknown {
    this.tokens += 1;
    const now = Date.now() + this.clockAhead;
    const expires = now + TOKEN_MINUTES * MINUTE;
    return {
      conversation_id: `c${this.conversations}`,
      token: jwt({ sub: "guest", iat: now / 1000, exp: expires / 1000, number: this.tokens }),
      expires_at: new Date(expires).toISOString(),
      websocket_url: "wss://elsewhere",
    };
  }
}

function jwt(claims: Record<string, unknown>): string {
  return `e30.${btoa(JSON.stringify(claims)).replaceAll("=", "")}.signature`;
}

let server: Server;

class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readyState = 0;
  binaryType = "blob";
  readonly sent: CustomerFrame[] = [];

  constructor(readonly url: string) {
    super();
    server.sockets.push(this);
    queueMicrotask(() => {
      if (server.network !== "up") this.die();
      else if (this.readyState === FakeSocket.CONNECTING) {
        this.readyState = FakeSocket.OPEN;
        this.dispatchEvent(new Event("open"));
      }
    });
  }

  get messages(): string[] {
    return this.sent.flatMap((frame) => (frame.action === "message" ? [frame.client_id] : []));
  }

  send(data: string): void {
    const frame = JSON.parse(data) as CustomerFrame;
    this.sent.push(frame);
    if (server.loses === "frames" || frame.action !== "message") return;
    const { client_id } = frame;
    const turn = server.received(client_id, frame.text);
    if (server.loses === "answers") return;
    this.push(turn);
    const { conversation_id, seq, turn_id } = turn;
    this.push({ type: "received", conversation_id, client_id, seq, turn_id, duplicate: false });
  }

  push(frame: CustomerGets): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }

  /** As a browser reports a connection that has gone. */
  die(): void {
    this.readyState = FakeSocket.CLOSED;
    this.dispatchEvent(new Event("error"));
    this.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }));
  }

  close(): void {
    this.readyState = FakeSocket.CLOSED;
  }
}

function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
}

let storage: Storage;
const sessions: CustomerSession[] = [];

function begin(options: Partial<CustomerSessionOptions> = {}): CustomerSession {
  const session = new CustomerSession({
    http_url: "https://api.test",
    websocket_url: "wss://socket.test/live",
    guests: true,
    language: "en",
    storage,
    identity: null,
    ...options,
  });
  sessions.push(session);
  return session;
}

/** Writes a message into an open conversation; returns its `client_id`. */
async function write(session: CustomerSession, text: string): Promise<string> {
  void session.send(text);
  await pass(0);
  return outgoing(session).at(-1)?.client_id as string;
}

/** The customer leaves the page, and comes back. */
function reload(options: Partial<CustomerSessionOptions> = {}): CustomerSession {
  sessions.at(-1)?.stop();
  return begin(options);
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const texts = (session: CustomerSession) =>
  session.current().conversation.turns.map(({ text }) => text);
const outgoing = (session: CustomerSession) => session.current().conversation.outgoing;

async function inTalk(options: Partial<CustomerSessionOptions> = {}): Promise<CustomerSession> {
  const session = begin(options);
  void session.send("Hello");
  await pass(1_000);
  expect(texts(session)).toEqual(["Hello"]);
  return session;
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  storage = memory();
  vi.stubGlobal("fetch", (request: Request) => server.fetch(request));
  vi.stubGlobal("WebSocket", FakeSocket);
});

afterEach(() => {
  for (const session of sessions.splice(0)) session.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a message", () => {
  it("opens the conversation, and is shown at once as on its way", async () => {
    const session = begin();
    expect(session.current().link).toBe("idle");
    void session.send("Hello");
    expect(outgoing(session)).toMatchObject([{ text: "Hello", state: "sending" }]);
    await pass(1_000);
    expect(outgoing(session)).toEqual([]);
    expect(texts(session)).toEqual(["Hello"]);
    expect(server.conversations).toBe(1);
  });

  it("is one conversation's, even when two are written before it is open", async () => {
    const session = begin();
    void session.send("one");
    void session.send("two");
    await pass(1_000);
    expect(server.conversations).toBe(1);
    expect(texts(session).sort()).toEqual(["one", "two"]);
  });

  it("is sent again with the same client_id when the connection was lost before it got through", async () => {
    const session = await inTalk();
    server.loses = "frames";
    const client_id = await write(session, "Lost?");
    expect(server.socket.messages).toEqual([client_id]);
    server.network = "down";
    server.socket.die();
    await pass(3_000);
    expect(outgoing(session)).toMatchObject([{ text: "Lost?", state: "sending" }]);
    server.network = "up";
    server.loses = "nothing";
    await pass(20_000);
    expect(texts(session)).toEqual(["Hello", "Lost?"]);
    expect(outgoing(session)).toEqual([]);
    expect(server.turns.at(-1)).toMatchObject({ client_id });
  });

  it("is not doubled when it got through and only the answer was lost", async () => {
    const session = await inTalk();
    server.loses = "answers";
    await write(session, "Once");
    server.socket.die();
    server.loses = "nothing";
    await pass(20_000);
    expect(texts(session)).toEqual(["Hello", "Once"]);
  });

  it("goes by HTTP when no receipt comes by the socket", async () => {
    const session = await inTalk();
    const before = server.asked("POST /conversations/{id}/messages");
    server.loses = "frames";
    await write(session, "Anybody?");
    await pass(4_000);
    expect(server.asked("POST /conversations/{id}/messages")).toBe(before);
    await pass(2_000);
    expect(server.asked("POST /conversations/{id}/messages")).toBe(before + 1);
    expect(texts(session)).toEqual(["Hello", "Anybody?"]);
  });

  it("without a receipt leaves the silent connection, so that the answer comes", async () => {
    const session = await inTalk();
    const silent = server.socket;
    server.loses = "frames";
    await write(session, "Anybody?");
    await pass(6_000);
    expect(server.socket).not.toBe(silent);
    server.socket.push(server.store({ author: "assistant", text: "Yes" }));
    expect(texts(session)).toEqual(["Hello", "Anybody?", "Yes"]);
  });

  it("goes by HTTP when it is larger than a frame may be", async () => {
    const session = await inTalk();
    await write(session, "ä".repeat(20_000));
    await pass(1_000);
    expect(server.socket.messages).toEqual([]);
    expect(texts(session)[1]).toHaveLength(20_000);
  });

  it("comes to the page though its frame was lost, because the receipt speaks of it", async () => {
    const session = await inTalk();
    const { client_id, conversation_id, seq, turn_id } = server.received("m", "Seen elsewhere");
    const told = { conversation_id, client_id: client_id as string, seq, turn_id };
    server.socket.push({ type: "received", ...told, duplicate: false });
    await pass(1_000);
    expect(texts(session)).toEqual(["Hello", "Seen elsewhere"]);
  });

  it("that is refused says why, and is sent again or discarded as the customer wants", async () => {
    const session = await inTalk();
    server.loses = "frames";
    const client_id = await write(session, "No");
    server.socket.push({
      type: "error",
      code: "busy",
      message: "Try again.",
      client_id,
      detail: {},
    });
    await pass(0);
    expect(outgoing(session)).toMatchObject([{ state: "failed", problem: { code: "busy" } }]);
    expect(session.current().problem).toBeNull();
    server.loses = "nothing";
    void session.retry(client_id);
    await pass(1_000);
    expect(texts(session)).toEqual(["Hello", "No"]);
  });

  it("fails when the socket is silent and HTTP does not answer either", async () => {
    const session = await inTalk();
    server.loses = "frames";
    server.network = "down";
    await write(session, "Anybody?");
    await pass(6_000);
    expect(outgoing(session)).toMatchObject([
      { state: "failed", problem: { code: "unreachable" } },
    ]);
  });

  it("that cannot open a conversation fails, and is tried again by the customer", async () => {
    server.network = "down";
    const session = begin();
    await session.send("Hello");
    expect(outgoing(session)).toMatchObject([
      { state: "failed", problem: { code: "unreachable" } },
    ]);
    expect(session.current().problem).toBe("unreachable");
    server.network = "up";
    void session.tryAgain();
    await pass(1_000);
    expect(texts(session)).toEqual(["Hello"]);
    expect(session.current().problem).toBeNull();
  });

  it("is refused for a moment when too many conversations were begun from here", async () => {
    server.refusal = { status: 429, code: "too_many_requests" };
    const session = begin();
    await session.send("Hello");
    expect(session.current().problem).toBe("too_many");
    expect(outgoing(session)).toMatchObject([{ state: "failed" }]);
  });
});

describe("a connection", () => {
  it("that was lost comes back and shows what was missed, once", async () => {
    const session = await inTalk();
    server.socket.die();
    expect(session.current().link).toBe("lost");
    const missed = server.store({ author: "assistant", text: "Missed" });
    await pass(20_000);
    expect(session.current().link).toBe("open");
    server.socket.push(missed);
    expect(texts(session)).toEqual(["Hello", "Missed"]);
  });

  it("is tried again when not even a token can be had", async () => {
    const session = await inTalk();
    await pass((TOKEN_MINUTES - 1) * MINUTE);
    server.network = "down";
    server.socket.die();
    await pass(20_000);
    expect(session.current()).toMatchObject({ link: "lost", problem: "unreachable" });
    server.network = "up";
    await pass(20_000);
    expect(session.current()).toMatchObject({ link: "open", problem: null });
  });

  it("that never opens still shows what is new, by HTTP", async () => {
    server.network = "blocked";
    const session = begin();
    void session.send("Hello");
    await pass(2_000);
    expect(texts(session)).toEqual(["Hello"]);
    server.store({ author: "assistant", text: "By HTTP" });
    await pass(20_000);
    expect(texts(session)).toEqual(["Hello", "By HTTP"]);
  });

  it("reads what is missing when a turn comes that is not the next one", async () => {
    const session = await inTalk();
    server.store({ author: "assistant", text: "two" });
    server.socket.push(server.store({ author: "assistant", text: "three" }));
    await pass(1_000);
    expect(texts(session)).toEqual(["Hello", "two", "three"]);
  });

  it("waits a moment for a turn that was only overtaken", async () => {
    const session = await inTalk();
    const two = server.store({ author: "assistant", text: "two" });
    const three = server.store({ author: "assistant", text: "three" });
    const before = server.asked("GET /conversations/{id}");
    server.socket.push(three);
    server.socket.push(two);
    await pass(1_000);
    expect(server.asked("GET /conversations/{id}")).toBe(before);
    expect(texts(session)).toEqual(["Hello", "two", "three"]);
  });

  it("that died silently is noticed and replaced", async () => {
    const session = await inTalk();
    await pass(MINUTE + 10_000); // a ping that nobody answers
    expect(server.sockets.length).toBeGreaterThan(1);
    expect(session.current().link).toBe("open");
  });

  it("tells the expert at most every few seconds that the customer is typing", async () => {
    const session = await inTalk();
    session.typing();
    expect(server.socket.sent).not.toContainEqual({ action: "typing" });
    server.socket.push(server.tell("expert_joined", "expert"));
    session.typing();
    session.typing();
    expect(server.socket.sent.filter(({ action }) => action === "typing")).toHaveLength(1);
  });
});

describe("a token", () => {
  it("is renewed before it expires, and the connection with it", async () => {
    const session = await inTalk();
    const first = server.socket.url;
    await pass((TOKEN_MINUTES - 1) * MINUTE);
    expect(server.asked("POST /conversations/{id}/token")).toBeGreaterThan(0);
    expect(server.socket.url).not.toBe(first);
    expect(session.current()).toMatchObject({ link: "open", problem: null });
  });

  it("lives as long as the server says, whatever this device's clock says", async () => {
    server.clockAhead = -5 * 60 * MINUTE;
    const session = await inTalk();
    expect(session.current().clock_offset_ms).toBeCloseTo(-5 * 60 * MINUTE, -4);
    await pass(MINUTE);
    expect(server.asked("POST /conversations/{id}/token")).toBe(0);
    expect(texts(reload())).toEqual([]);
    await pass(1_000);
    expect(texts(sessions.at(-1) as CustomerSession)).toEqual(["Hello"]);
  });

  it("that the socket refuses is replaced, and the message sent again", async () => {
    const session = await inTalk();
    server.loses = "frames";
    const client_id = await write(session, "Still here");
    expect(server.socket.messages).toEqual([client_id]);
    const frame = {
      type: "error",
      code: "not_signed_in",
      message: "Expired.",
      detail: {},
    } as const;
    server.loses = "nothing";
    server.socket.push({ ...frame, client_id });
    await pass(2_000);
    expect(server.asked("POST /conversations/{id}/token")).toBe(1);
    expect(texts(session)).toEqual(["Hello", "Still here"]);
    expect(session.current().problem).toBeNull();
  });

  it("that cannot be renewed ends the conversation; what was not sent goes into the next", async () => {
    const session = await inTalk();
    server.refusal = { status: 401, code: "not_signed_in" };
    server.loses = "frames";
    void session.send("Unsent");
    await pass(10_000);
    expect(session.current().problem).toBe("expired");
    const client_id = outgoing(session)[0]?.client_id;
    server.refusal = null;
    server.loses = "nothing";
    void session.tryAgain();
    await pass(2_000);
    expect(server.conversations).toBe(2);
    expect(session.current().problem).toBeNull();
    expect(session.current().conversation.turns).toMatchObject([{ client_id, text: "Unsent" }]);
  });
});

describe("a kept conversation", () => {
  it("is there again after a reload, with thumbs and stars", async () => {
    const session = await inTalk();
    const answer = server.store({ author: "assistant", text: "Answer" });
    server.socket.push(answer);
    void session.thumb(answer.turn_id, "up");
    void session.rate(4);
    await pass(1_000);
    const again = reload();
    expect(again.current().conversation.conversation_id).toBeNull();
    await pass(1_000);
    expect(texts(again)).toEqual(["Hello", "Answer"]);
    expect(again.current()).toMatchObject({
      thumbs: { [answer.turn_id]: "up" },
      rated: { stars: 4, seq: 2 },
    });
    expect(server.conversations).toBe(1);
  });

  it("that the server does not know any more is forgotten without a word", async () => {
    await inTalk();
    server.refusal = { status: 404, code: "not_found" };
    const session = reload();
    await pass(1_000);
    expect(session.current()).toMatchObject({ link: "idle", problem: null, busy: false });
    expect(reload().current().link).toBe("idle");
  });

  it("that the server does not know any more gives way to none that nobody has begun", async () => {
    await inTalk();
    const session = reload();
    server.network = "blocked"; // the socket is refused, and tried again after a pause
    server.refusal = { status: 401, code: "not_signed_in" };
    await pass(100);
    server.refusal = null;
    await pass(10_000);
    expect(session.current()).toMatchObject({ link: "idle", problem: null });
    expect(server.conversations).toBe(1);
  });

  it("stays to be read while the server is not reached", async () => {
    await inTalk();
    server.network = "down";
    const session = reload();
    await pass(5_000);
    expect(session.current()).toMatchObject({ link: "lost", problem: "unreachable" });
    server.network = "up";
    await pass(20_000);
    expect(texts(session)).toEqual(["Hello"]);
  });

  it("gives way to a new one that was begun in another tab", async () => {
    const old = await inTalk();
    const other = begin();
    await pass(1_000);
    other.startAnew();
    void other.send("Anew");
    await pass(1_000);
    void old.thumb("t1", "up");
    await pass(1_000);
    reload();
    await pass(1_000);
    expect(texts(sessions.at(-1) as CustomerSession)).toEqual(["Anew"]);
  });
});

describe("a signed-in customer", () => {
  const ada = () => Promise.resolve(jwt({ sub: "ada" }));
  const ben = () => Promise.resolve(jwt({ sub: "ben" }));

  it("begins a conversation with the team's own token", async () => {
    await inTalk({ identity: ada });
    const opened = server.requests.find(({ route }) => route === "POST /customer/conversations");
    expect(opened?.token).toBe(await ada());
  });

  it("is asked to sign in when the team's page gives no token", async () => {
    const session = begin({ identity: () => Promise.reject(new Error("signed out")) });
    await session.send("Hello");
    expect(session.current().problem).toBe("not_signed_in");
    expect(server.requests).toEqual([]);
  });

  it("is needed where guests may not write", async () => {
    const session = begin({ guests: false });
    await session.askForPerson();
    expect(session.current().problem).toBe("not_signed_in");
    expect(server.requests).toEqual([]);
  });

  it("finds their conversation again after a reload", async () => {
    await inTalk({ identity: ada });
    const session = reload({ identity: ada });
    await pass(1_000);
    expect(texts(session)).toEqual(["Hello"]);
  });

  it("finds it also when the team's page says only later who they are", async () => {
    await inTalk({ identity: ada });
    const session = reload();
    await pass(1_000);
    expect(texts(session)).toEqual([]);
    void session.identify(ada);
    await pass(1_000);
    expect(texts(session)).toEqual(["Hello"]);
  });

  it("never sees the conversation of another one at the same device", async () => {
    await inTalk({ identity: ada });
    const session = reload({ identity: ben });
    await pass(1_000);
    expect(texts(session)).toEqual([]);
    expect(reload({ identity: ada }).current().link).toBe("idle");
  });

  it("loses nothing when the team's page has trouble with its token for a while", async () => {
    await inTalk({ identity: ada });
    const session = reload({ identity: () => Promise.reject(new Error("busy")) });
    await pass(1_000);
    expect(texts(session)).toEqual([]);
    await session.identify(ada);
    await pass(1_000);
    expect(texts(session)).toEqual(["Hello"]);
  });

  it("who signs out leaves nothing behind", async () => {
    const session = await inTalk({ identity: ada });
    await session.identify(null);
    expect(session.current()).toMatchObject({ link: "idle", conversation: { turns: [] } });
    expect(storage.getItem("tandem.conversation")).toBeNull();
  });

  it("goes on with the conversation that they began as a guest", async () => {
    const session = await inTalk();
    await session.identify(ada);
    expect(texts(session)).toEqual(["Hello"]);
  });
});

describe("an action", () => {
  it("calls a person before the first message", async () => {
    const session = begin();
    void session.askForPerson();
    await pass(1_000);
    expect(server.asked("POST /conversations/{id}/person")).toBe(1);
    expect(session.current().link).toBe("open");
  });

  it("calls a person from a closed conversation, which is opened again for it", async () => {
    const session = await inTalk();
    server.socket.push(server.tell("closed", "closed"));
    void session.askForPerson();
    await pass(1_000);
    expect(server.asked("POST /conversations/{id}/reopen")).toBe(1);
    expect(server.asked("POST /conversations/{id}/person")).toBe(1);
  });

  it("that fails is said, and a thumb taken back", async () => {
    const session = await inTalk();
    server.network = "down";
    void session.thumb("t1", "down", "wrong");
    expect(session.current().thumbs).toEqual({ t1: "down" });
    await pass(0);
    expect(session.current()).toMatchObject({ thumbs: {}, problem: "failed" });
  });

  it("that begins anew leaves the old conversation's news outside", async () => {
    const session = await inTalk();
    const old = server.socket;
    const late = server.store({ author: "assistant", text: "Late" });
    session.startAnew();
    old.push(late);
    expect(session.current()).toMatchObject({ link: "idle", conversation: { turns: [] } });
    void session.send("Anew");
    await pass(1_000);
    expect(texts(session)).toEqual(["Anew"]);
    expect(server.conversations).toBe(2);
  });
});
