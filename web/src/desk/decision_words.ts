import type { Decision } from "../live/desk_conversation";
import { readable } from "../shared/readable";

export interface Measured {
  name: string;
  observed: string;
  threshold: string;
}

const NAMES: Record<string, string> = {
  sentiment: "Sentiment (−1 furious … 1 delighted)",
  wants_person: "Wants a person",
  small_talk: "Small talk",
  model_reason: "In the gate’s words",
  top_score: "Score of the best passage",
  passages: "Passages found",
  words: "Matched by words",
  word: "Listed word",
  times: "Times asked",
  similarity: "Similarity",
  thumbs_down: "Answers rated down",
  predicted_rating: "Rating expected (1 … 5)",
  chance_low: "Chance that it is rated lower",
  drafts: "Drafts judged",
};

/** What was measured for a decision, beside the policy's value that applied. */
export function measuredOf({ observed, thresholds }: Decision): readonly Measured[] {
  const keys = [...new Set([...Object.keys(observed), ...Object.keys(thresholds)])];
  return keys.map((key) => ({
    name: NAMES[key] ?? readable(key),
    observed: valueWords(observed[key]),
    threshold: valueWords(thresholds[key]),
  }));
}

function valueWords(value: number | boolean | string | undefined): string {
  if (value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}
