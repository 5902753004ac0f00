import { type Api, answer, createApi, Refused, Unreachable } from "./http";

/**
 * The id token of who has signed in; undefined when the sign-in has expired. `fresh`: the one
 * before was refused. Throws when the identity provider is not reached.
 */
export type TokenSource = (options?: { fresh: boolean }) => Promise<string | undefined>;

type Call<T> = () => Promise<{ data?: T; error?: unknown; response: Response }>;

/** The HTTP interface for somebody who has signed in. */
export class SignedInServer {
  /** With this person's token, for what is not listed by name. */
  readonly api: Api;
  /** The last token was refused. */
  private fresh = false;
  private readonly over = new Set<() => void>();

  constructor(
    http_url: string,
    private readonly tokenOf: TokenSource,
  ) {
    this.api = createApi(http_url, () => this.token());
  }

  /** Tell `listener` whenever the sign-in turns out to have expired. */
  onSignedOut(listener: () => void): () => void {
    this.over.add(listener);
    return () => this.over.delete(listener);
  }

  /** An answer of the server; tried once more with a fresh token if this one was refused. */
  protected async ask<T>(call: Call<T>): Promise<T> {
    try {
      return await this.answered(call);
    } catch (error) {
      if (isSignedOut(error)) for (const listener of this.over) listener();
      throw error;
    }
  }

  private async answered<T>(call: Call<T>): Promise<T> {
    try {
      return await answer(call());
    } catch (error) {
      if (!isSignedOut(error)) throw error;
      this.fresh = true;
      return await answer(call());
    }
  }

  protected async token(): Promise<string> {
    let token: string | undefined;
    try {
      token = await this.tokenOf(this.fresh ? { fresh: true } : undefined);
    } catch {
      throw new Unreachable();
    }
    if (token === undefined) throw new Refused(401, "not_signed_in", "Sign in again.");
    this.fresh = false;
    return token;
  }
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof Refused && error.status === 401;
}

/** The server knows who asks, and that this is not for them. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Refused && error.status === 403;
}
