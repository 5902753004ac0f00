import type { Schemas } from "./http";
import { type Draft, EMPTY } from "./review_draft";
import type { Item } from "./review_server";

export type Action = "rate" | "skip" | "flag" | "undo";

/** What became of the last thing that was done, or why it was not. */
export type Notice =
  /** Somebody else has the item by now. `typed`: what was written for it. */
  | { kind: "lost"; message: string; typed: string }
  /** Written for an item that is not before this person any more, or never came. */
  | { kind: "unplaced"; typed: string }
  /** The server says no, and the item is still here. */
  | { kind: "refused"; message: string; typed: string }
  /** It was stored, but without the last change. */
  | { kind: "too_late" }
  /** It is not stored; it is tried again by itself. */
  | { kind: "unsaved"; action: Action; message: string };

export interface ReviewSnapshot {
  /** Null before they are read. */
  settings: Schemas["ReviewSettings"] | null;
  /** `denied`: this person is neither reviewer nor lead. */
  access: "unknown" | "granted" | "denied";
  /** `signed_out`: the sign-in has expired; everything stays as it is until `resume`. */
  problem: "unreachable" | "signed_out" | null;
  /** Null: there is none, it is not read yet (`read`), or it is on its way (`coming`). */
  item: Item | null;
  /** Whether the server has said which item there is. */
  read: boolean;
  /** What was just done, in words, as long as the item that follows is awaited. */
  coming: string | null;
  /** Counts up whenever something else is before the reviewer. An item has the number under which it
   * was awaited: what was chosen and typed meanwhile is its. */
  step: number;
  /** For the item, also for the one that is awaited. */
  draft: Draft;
  progress: Schemas["Progress"] | null;
  /** What is on its way to the server. */
  doing: Action | null;
  notice: Notice | null;
  /** What has just happened, for who does not see it; `number` tells the same words apart. */
  said: { words: string; number: number };
}

/** Before anything was read. */
export const BEFORE: ReviewSnapshot = {
  settings: null,
  access: "unknown",
  problem: null,
  item: null,
  read: false,
  coming: null,
  step: 0,
  draft: EMPTY,
  progress: null,
  doing: null,
  notice: null,
  said: { words: "", number: 0 },
};
