import type { DeskFrame, DeskGets, EscalationView, TurnSent } from "../contracts/frames";
import type { DeskView } from "./desk_conversation";
import type { Schemas } from "./http";

export const HTTP = "https://desk.test";
export const SOCKET = "wss://desk.test";

type Turn = Schemas["Turn"];
interface Asked {
  method: string;
  path: string;
  body: Record<string, unknown>;
}
type Answer = { status: number; body: unknown };

/**
 * The desk's side of the server, in memory, for tests: HTTP by `fetch`, and sockets that a test
 * opens, feeds and closes. It follows the contract; who may do what is the real server's matter.
 */
export class DeskStandIn {
  me: Schemas["PersonView"] = { user: "ana", name: "Ana", lead: false };
  people: Schemas["PersonView"][] = [];
  canned_replies: { title: string; text: string }[] = [];
  readonly conversations = new Map<string, DeskView>();
  readonly escalations = new Map<string, EscalationView>();
  readonly audit: Schemas["AuditEntry"][] = [];
  knowledge: Schemas["KnowledgePreview"] = { question: "", answer: "" };
  /** Everything that was asked by HTTP, in order. */
  readonly asked: Asked[] = [];
  /** What answers instead, by `METHOD /path`. */
  readonly instead = new Map<string, () => Answer | Promise<Answer>>();
  /** The newest connection last. */
  readonly sockets: StandInSocket[] = [];
  /** False: nothing is reached. */
  reachable = true;
  heartbeat_seconds = 120;

  readonly fetch = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request;
    const { pathname, search } = new URL(request.url);
    const path = pathname + search;
    const text = await request.text();
    if (!this.reachable) throw new TypeError("Failed to fetch");
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    this.asked.push({ method: request.method, path, body });
    const instead = this.instead.get(`${request.method} ${path}`);
    const { status, body: said } = instead
      ? await instead()
      : this.answer(request.method, path, body);
    return new Response(JSON.stringify(said), {
      status,
      headers: { "content-type": "application/json" },
    });
  };

  /** The class that takes the place of the browser's `WebSocket`. */
  readonly webSocket = socketsOf(this.sockets);

  get socket(): StandInSocket {
    const newest = this.sockets.at(-1);
    if (!newest) throw new Error("No connection was begun.");
    return newest;
  }

  /** A conversation that waits for a person, with its escalation `e-<id>`. */
  waiting(
    conversation_id: string,
    change: Partial<EscalationView> = {},
    texts: readonly string[] = ["Where is my parcel?"],
  ): EscalationView {
    const escalation: EscalationView = {
      escalation_id: `e-${conversation_id}`,
      conversation_id,
      status: "waiting",
      trigger: "wants_person",
      reason: "the customer asks for a person",
      customer_id: "guest:1f2e3d",
      language: "en",
      requested_at: new Date(Date.now() - 60_000).toISOString(),
      tier: "primary",
      deadline: new Date(Date.now() + 240_000).toISOString(),
      claimed_by: null,
      claimed_name: null,
      claimed_at: null,
      assigned_to: null,
      follow_up: false,
      outcome: null,
      ended_at: null,
      waiting_seconds: 60,
      ...change,
    };
    this.escalations.set(escalation.escalation_id, escalation);
    const claimed = escalation.status === "claimed";
    this.conversations.set(conversation_id, {
      conversation_id,
      owner: claimed ? "expert" : "waiting",
      customer_id: escalation.customer_id,
      language: escalation.language,
      created_at: escalation.requested_at,
      closed_at: null,
      expert: escalation.claimed_by,
      expert_name: escalation.claimed_name,
      turns: texts.map((text, index) => turn(conversation_id, index + 1, { text })),
      escalations: [escalation],
      draft: null,
      ratings: [],
    });
    return escalation;
  }

  /** One that `ana`, who has signed in, has taken over. */
  held(conversation_id: string, texts?: readonly string[]): EscalationView {
    return this.waiting(
      conversation_id,
      {
        status: "claimed",
        deadline: null,
        claimed_by: this.me.user,
        claimed_name: this.me.name,
        claimed_at: new Date().toISOString(),
      },
      texts,
    );
  }

  /** Store a change of an escalation, and return what the socket would say of it. */
  changed(escalation_id: string, change: Partial<EscalationView>): DeskGets {
    const before = this.escalations.get(escalation_id);
    if (!before) throw new Error(`There is no ${escalation_id}.`);
    const escalation = { ...before, ...change };
    this.escalations.set(escalation_id, escalation);
    const view = this.view(escalation.conversation_id);
    view.escalations = [escalation];
    view.expert = escalation.claimed_by;
    view.expert_name = escalation.claimed_name;
    if (escalation.status === "claimed") view.owner = "expert";
    else if (escalation.status === "waiting") view.owner = "waiting";
    else view.owner = escalation.status === "resolved" ? "closed" : "assistant";
    return { type: "queue", escalation };
  }

  /** Store a turn, and return what the socket would say of it. */
  said(conversation_id: string, change: Partial<Turn>): TurnSent {
    const view = this.view(conversation_id);
    const next = turn(conversation_id, view.turns.length + 1, change);
    view.turns = [...view.turns, next];
    const { decision: _, usage: __, ...sent } = next;
    return { ...sent, type: "turn", owner: view.owner };
  }

  view(conversation_id: string): DeskView {
    const view = this.conversations.get(conversation_id);
    if (!view) throw new Error(`There is no ${conversation_id}.`);
    return view;
  }

  askedFor(method: string, path: string): Asked[] {
    return this.asked.filter((asked) => asked.method === method && asked.path === path);
  }

  private answer(method: string, path: string, body: Record<string, unknown>): Answer {
    const { me, heartbeat_seconds, canned_replies } = this;
    const all = [...this.escalations.values()];
    switch (`${method} ${path}`) {
      case "GET /desk/settings":
        return ok({ me, heartbeat_seconds, max_message_chars: 4000, canned_replies });
      case "GET /desk/people":
        return ok({ people: this.people });
      case "POST /desk/ticket":
        return ok({
          token: `ticket-${this.sockets.length + 1}`,
          expires_at: new Date(Date.now() + 60_000).toISOString(),
          websocket_url: "wss://elsewhere.test",
        });
      case "GET /desk/queue":
        return ok({ escalations: all.filter((one) => OPEN.has(one.status)) });
      case "GET /desk/queue?state=follow_up":
        return ok({ escalations: all.filter((one) => one.follow_up) });
    }
    const [, id, action = ""] = /^\/desk\/conversations\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
    const view = id && this.conversations.get(id);
    if (!view) return refused(404, "not_found", "There is no such conversation.");
    return this.ofConversation(method, view, action, body);
  }

  private ofConversation(
    method: string,
    view: DeskView,
    action: string,
    body: Record<string, unknown>,
  ): Answer {
    const { conversation_id } = view;
    const { user, name } = this.me;
    const escalation_id = view.escalations.at(-1)?.escalation_id ?? "";
    const state = () => ok({ conversation_id, owner: view.owner, expert_name: view.expert_name });
    switch (`${method} ${action}`) {
      case "GET ":
        return ok(view);
      case "GET audit":
        return ok({ entries: this.audit });
      case "GET knowledge":
        return ok(this.knowledge);
      case "POST presence":
        return ok({ done: true });
      case "POST claim":
        this.changed(escalation_id, {
          status: "claimed",
          claimed_by: user,
          claimed_name: name,
          claimed_at: new Date().toISOString(),
          deadline: null,
        });
        this.said(conversation_id, { author: "system", code: "expert_joined", name, text: name });
        return ok(this.escalations.get(escalation_id));
      case "POST messages": {
        const client_id = `desk.0badcafe.${String(body.client_id)}`;
        const known = view.turns.find((turn) => turn.client_id === client_id);
        if (known) return ok({ turn: known, duplicate: true });
        const text = String(body.text) || (view.draft?.text ?? "");
        this.said(conversation_id, { author: "expert", name, text, client_id });
        return ok({ turn: view.turns.at(-1), duplicate: false });
      }
      case "POST hand-back":
        this.changed(escalation_id, { status: "handed_back", outcome: String(body.outcome) });
        return state();
      case "POST resolve":
        this.changed(escalation_id, { status: "resolved", outcome: String(body.outcome) });
        return state();
      case "POST reassign":
        this.changed(escalation_id, {
          status: "waiting",
          claimed_by: null,
          claimed_name: null,
          claimed_at: null,
          assigned_to: (body.to as string | null) ?? null,
        });
        return state();
      case "POST follow-up": {
        const done = { follow_up: false, outcome: String(body.outcome) };
        this.changed(String(body.escalation_id), done);
        return ok(this.escalations.get(String(body.escalation_id)));
      }
    }
    return refused(404, "not_found", "There is no such address.");
  }
}

const OPEN = new Set(["requested", "waiting", "claimed"]);

function turn(conversation_id: string, seq: number, change: Partial<Turn>): Turn {
  return {
    conversation_id,
    seq,
    turn_id: `${conversation_id}-t${seq}`,
    author: "customer",
    text: "",
    at: new Date().toISOString(),
    client_id: null,
    name: null,
    code: null,
    in_reply_to: null,
    model_id: null,
    sources: [],
    decision: null,
    usage: null,
    ...change,
  };
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function refused(
  status: number,
  code: string,
  message: string,
  detail: Record<string, string> = {},
): Answer {
  return { status, body: { code, message, detail } };
}

/** One connection, as the test sees the other end of it. */
export interface StandInSocket {
  readonly url: string;
  /** What the page sent, without its pings. */
  readonly frames: DeskFrame[];
  opens(): void;
  says(frame: DeskGets): void;
  /** The connection breaks. */
  breaks(): void;
}

function socketsOf(sockets: StandInSocket[]) {
  return class extends EventTarget implements StandInSocket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly frames: DeskFrame[] = [];
    readonly url: string;
    readyState = 0;
    binaryType = "blob";

    constructor(url: string | URL) {
      super();
      this.url = String(url);
      sockets.push(this);
    }

    send(data: string): void {
      const frame = JSON.parse(data) as DeskFrame;
      if (frame.action === "ping") this.says({ type: "pong" });
      else this.frames.push(frame);
    }

    close(): void {
      this.breaks();
    }

    opens(): void {
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    }

    says(frame: DeskGets): void {
      this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
    }

    breaks(): void {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.dispatchEvent(new CloseEvent("close", { code: 1006, wasClean: false }));
    }
  };
}
