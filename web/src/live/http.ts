import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "../contracts/http";

export type Schemas = components["schemas"];

/** The server said no. `code` is stable; the message says what to do, in English. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly detail: Record<string, string> = {},
  ) {
    super(message);
    this.name = "Refused";
  }
}

/** The server was not reached, or failed: the same may work in a moment. */
export class Unreachable extends Error {
  /** `said`: the server's own words, where it has said why. */
  constructor(
    message = "The server cannot be reached.",
    readonly said?: string,
  ) {
    super(message);
    this.name = "Unreachable";
  }
}

/** Why an action was not done, in words. `by`: who was faster, or holds the conversation. */
export interface Refusal {
  code: string;
  message: string;
  by?: string;
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) {
    const { code, message, detail } = error;
    return { code, message, ...(detail.by ? { by: detail.by } : {}) };
  }
  const said = error instanceof Unreachable ? error.said : undefined;
  return { code: "unreachable", message: said ?? "The server cannot be reached. Try again." };
}

export type Api = Client<paths>;

/** Longer than API Gateway lets anything take: 30 seconds. */
const ANSWERED_WITHIN_MS = 35_000;

/** A client of the HTTP API. `token` is asked before each request; without one none is sent. */
export function createApi(
  baseUrl: string,
  token: () => string | undefined | Promise<string | undefined>,
): Api {
  const api = createClient<paths>({
    baseUrl,
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) }),
  });
  api.use({
    async onRequest({ request }) {
      const value = await token();
      if (value) request.headers.set("authorization", `Bearer ${value}`);
      return request;
    },
    onError() {
      return new Unreachable();
    },
  });
  return api;
}

/**
 * The body of an answer. Throws `Refused` where the server says why, `Unreachable` where it fails
 * (5xx, API Gateway's throttling) or is not reached.
 */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  const said = error as Partial<Schemas["Error"]> | undefined;
  if (said?.code && response.status < 500) {
    throw new Refused(response.status, said.code, said.message ?? "", said.detail);
  }
  // API Gateway's own answers have a message and no code.
  if (response.status === 401 || response.status === 403) {
    throw new Refused(response.status, "not_signed_in", "Sign in again.");
  }
  throw new Unreachable(said?.message, said?.code && said.message);
}
