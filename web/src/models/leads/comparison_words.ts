import type { Schemas } from "../../live/http";
import { NONE } from "./figures";

type Version = Pick<Schemas["VersionView"], "status" | "comparison">;
type Comparison = Schemas["Comparison"];

/** Pairs by what people said of them; 0 before it is over: leads compare as well. */
export function toldOf({ better, worse, same }: Comparison): number {
  return better + worse + same;
}

/** How many pairs it takes at least; what is the same to people tells nothing, and takes more. */
export function neededOf({ pairs, of_questions }: Comparison): number {
  return Math.min(pairs, of_questions);
}

/** `12 of 47 pairs or more`, or what came of it. */
export function comparisonInShort({ status, comparison }: Version): string {
  if (!comparison) return NONE;
  const { better, worse, same, done } = comparison;
  const count = (number: number) => number.toLocaleString();
  if (status === "comparing")
    return `${count(done)} of ${count(neededOf(comparison))} pairs or more`;
  if (!toldOf(comparison)) return "not compared to the end";
  return `${count(better)} better, ${count(worse)} worse, ${count(same)} the same`;
}
