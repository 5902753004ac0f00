interface Asked {
  method: string;
  path: string;
  body: Record<string, unknown>;
  /** The request outlives its page. */
  keepalive: boolean;
}
export type Answer = { status: number; body: unknown };

/**
 * A server in memory, for one person, for tests: what it answers is said by those that are made of
 * it. They follow the contract; who may do what is the real server's matter.
 */
export abstract class HttpStandIn {
  /** Everything that was asked, in order. */
  readonly asked: Asked[] = [];
  /** What answers instead, by `METHOD /path`. */
  readonly instead = new Map<string, () => Answer | Promise<Answer>>();
  /** False: nothing is reached. */
  reachable = true;
  private readonly held = new Map<string, Promise<void>>();
  private readonly lost = new Set<string>();

  protected abstract answer(method: string, path: string, body: Record<string, unknown>): Answer;

  readonly fetch = async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const request = input instanceof Request ? input : new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const path = pathname + search;
    const what = `${request.method} ${path}`;
    const text = await request.text();
    await this.held.get(what);
    if (!this.reachable) throw new TypeError("Failed to fetch");
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    const keepalive = init?.keepalive ?? false;
    this.asked.push({ method: request.method, path, body, keepalive });
    const { status, body: said } = await this.answerTo(request.method, path, body);
    if (this.lost.delete(what)) throw new TypeError("Failed to fetch");
    return new Response(JSON.stringify(said), {
      status,
      headers: { "content-type": "application/json" },
    });
  };

  async answerTo(method: string, path: string, body: Record<string, unknown>): Promise<Answer> {
    const instead = this.instead.get(`${method} ${path}`);
    return instead ? await instead() : this.answer(method, path, body);
  }

  /** From now on, `METHOD /path` waits until what is returned is called. */
  hold(what: string): () => void {
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    this.held.set(what, held);
    return () => {
      this.held.delete(what);
      go();
    };
  }

  /** The next `METHOD /path` is done, and its answer does not arrive. */
  loseAnswer(what: string): void {
    this.lost.add(what);
  }

  askedFor(method: string, path: string): Asked[] {
    return this.asked.filter((asked) => asked.method === method && asked.path === path);
  }
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function refused(status: number, code: string, message: string): Answer {
  return { status, body: { code, message, detail: {} } };
}
