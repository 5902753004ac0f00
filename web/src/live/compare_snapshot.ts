import type { Schemas } from "./http";

export type Pair = Schemas["PairView"];
export type Choice = Schemas["Choose"]["choice"];

/** What became of the last thing that was done, or why it was not. */
export type CompareNotice =
  /** Somebody else has the pair by now, or it is not compared any more. */
  | { kind: "lost"; message: string }
  /** The server says no, and the pair is still here. */
  | { kind: "refused"; message: string }
  /** It is not stored; it is tried again by itself. */
  | { kind: "unsaved"; message: string };

export interface CompareSnapshot {
  /** `denied`: this person is neither reviewer nor lead. */
  access: "unknown" | "granted" | "denied";
  /** `signed_out`: the sign-in has expired; everything stays as it is until `resume`. */
  problem: "unreachable" | "signed_out" | null;
  /** Null: there is none, it is not read yet (`read`), or it is on its way (`coming`). */
  pair: Pair | null;
  /** Whether the server has said which pair there is. */
  read: boolean;
  /** What was just done, in words, as long as the pair that follows is awaited. */
  coming: string | null;
  /** For the pair that is shown. */
  choice: Choice | null;
  progress: Schemas["CompareProgress"] | null;
  /** The choice is on its way to the server. */
  saving: boolean;
  notice: CompareNotice | null;
  /** What has just happened, for who does not see it; `number` tells the same words apart. */
  said: { words: string; number: number };
}

/** Before anything was read. */
export const BEFORE: CompareSnapshot = {
  access: "unknown",
  problem: null,
  pair: null,
  read: false,
  coming: null,
  choice: null,
  progress: null,
  saving: false,
  notice: null,
  said: { words: "", number: 0 },
};
