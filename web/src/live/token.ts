/** What a page reads of a token (JWT, RFC 7519). It verifies nothing: that is the server's part. */
export interface Claims {
  /** Whose token it is. */
  sub?: string;
  /** When it was issued and when it expires, in seconds since 1970, by the server's clock. */
  iat?: number;
  exp?: number;
}

/** The claims of a token; none when it is no JWT. */
export function claimsOf(token: string): Claims {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
