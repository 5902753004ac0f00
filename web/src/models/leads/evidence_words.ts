import type { Schemas } from "../../live/http";

type Trial = Schemas["TrialView"];

export interface TrialWords {
  type: "success" | "info" | "warning" | "error";
  /** In a few words. */
  verdict: string;
  /** What it means, and what comes of it. */
  words: string;
}

/** Where a trial stands, in plain words. */
export function trialWords(trial: Trial): TrialWords {
  const { figures, minimum_conversations } = trial;
  if (trial.evidence_worse >= trial.worse_at) {
    return {
      type: "error",
      verdict: "Worse than the live model",
      words: "More conversations go badly with it, beyond what chance does: it is rolled back.",
    };
  }
  if (trial.evidence_not_worse < trial.not_worse_at) {
    return {
      type: "info",
      verdict: "Not decided yet",
      words:
        "What customers make of it says neither that it is worse, nor that it is not. The trial goes on.",
    };
  }
  const missing = minimum_conversations - figures.candidate_conversations;
  if (missing > 0) {
    return {
      type: "info",
      verdict: "Not worse, as far as one can see",
      words: `It has answered too few conversations to go live: ${missing.toLocaleString()} are missing.`,
    };
  }
  return {
    type: "success",
    verdict: "Not worse than the live model",
    words: "So much worse as the policy rules out is ruled out: it may go live.",
  };
}

/**
 * How far evidence has come, 0 to 1 of what decides: by its logarithm, since it multiplies with each
 * conversation. An e-value of 1 or less speaks for nothing.
 */
export function reached(evidence: number, decides_at: number): number {
  if (evidence <= 1 || decides_at <= 1) return evidence >= decides_at ? 1 : 0;
  return Math.min(1, Math.log(evidence) / Math.log(decides_at));
}

/**
 * What so much evidence says. By Ville's inequality an e-value reaches x in at most one of x trials
 * in which the opposite is true, however often one looks.
 */
export function evidenceWords(evidence: number, decides_at: number, opposite: string): string {
  if (evidence >= decides_at) return "This is enough.";
  if (evidence <= 1) return "Nothing speaks for it so far.";
  const by_chance = Math.min(99, Math.ceil(100 / evidence));
  return `If ${opposite}, at most ${by_chance} of 100 trials would ever come so far by chance.`;
}
