import type { Schemas } from "../../live/http";

/** Krippendorff's own limits: from the first on conclusions hold, from the second on tentatively. */
const RELIABLE = 0.8;
const TENTATIVE = 0.667;
/** Within this of chance, agreement cannot be told from it. */
const CHANCE = 0.05;

export interface AgreementWords {
  type: "success" | "info" | "warning" | "error";
  /** In a word or two. */
  verdict: string;
  /** What it means, and what to do. */
  words: string;
}

/** What agreement means for the labels, in plain words. */
export function agreementWords({ alpha, low }: Schemas["Agreement"]): AgreementWords {
  if (alpha === null) {
    return {
      type: "info",
      verdict: "Not known yet",
      words: "Too few items have two ratings to say anything.",
    };
  }
  if (alpha >= RELIABLE) {
    const sure = low !== null && low >= RELIABLE;
    return {
      type: "success",
      verdict: "Reliable",
      words: `Reviewers mean the same by the same number: the labels can be relied on${sure ? "." : ". The interval reaches lower, though: more items would tell."}`,
    };
  }
  if (alpha >= TENTATIVE) {
    return {
      type: "info",
      verdict: "Tentative",
      words:
        "Good enough for tentative conclusions. Clearer instructions, or an example for what is in dispute, would help.",
    };
  }
  if (alpha > CHANCE) {
    return {
      type: "warning",
      verdict: "Too low",
      words:
        "Too little agreement to rely on single labels. Look at the disagreements and make the instructions clearer.",
    };
  }
  return {
    type: "error",
    verdict: "No better than chance",
    words:
      "Reviewers rate as if at random, or against each other: the instructions are misunderstood, or somebody does not read the answers.",
  };
}

/** `0.71`, `−0.20`, with `signed` `+0.71`; `–` for null. */
export function coefficient(value: number | null, signed = false): string {
  if (value === null) return "–";
  const text = Math.abs(value).toFixed(2);
  if (Number(text) === 0) return text;
  if (value < 0) return `−${text}`;
  return signed ? `+${text}` : text;
}
