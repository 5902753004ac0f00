/**
 * What the chat in its frame and the widget's loader around it tell each other (postMessage). Each
 * side takes a message only from the other's window and origin, and sends to that origin only.
 */

/** From the chat in its frame. */
export type FromFrame =
  /** It is there, and asks who the customer is. */
  | { tandem: "ready" }
  /** The customer wants it closed. */
  | { tandem: "close" }
  /** Somebody else has said something. */
  | { tandem: "news" }
  /** It needs a token of the team's own identity provider. */
  | { tandem: "token"; id: number };

/** From the loader. */
export type FromLoader =
  /** The answer to `ready`, and again whenever it changes: whether the team's page says who the
   * customer is. */
  | { tandem: "identity"; known: boolean }
  /** The answer to `token`; null: nobody is signed in, or there is trouble with it. */
  | { tandem: "token"; id: number; token: string | null }
  /** The frame has been opened. */
  | { tandem: "opened" };

/** The message of an event that comes from this window of this origin; null of any other. */
export function messageFrom<Message extends { tandem: string }>(
  event: MessageEvent,
  from: { window: Window | null; origin: string },
): Message | null {
  if (!from.window || event.source !== from.window || event.origin !== from.origin) return null;
  const data: unknown = event.data;
  return typeof data === "object" && data !== null && "tandem" in data ? (data as Message) : null;
}
