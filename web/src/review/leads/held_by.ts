import type { Schemas } from "../../live/http";
import { sentence } from "./base_words";

type Withdrawal = Schemas["WithdrawalView"];

/** What still holds a withdrawn conversation, but for datasets and models; in sentences. */
export function heldBy(withdrawal: Withdrawal): string[] {
  const { left, problem, until_sync, in_jobs } = withdrawal;
  const held: string[] = [];
  if (left.length) {
    const why = problem ? ` ${sentence(problem)}` : "";
    held.push(
      `Answers may still cite ${articles(left)}: ${left.length === 1 ? "it is" : "they are"} being taken out of the knowledge base, in some minutes or when you withdraw it again.${why}`,
    );
  }
  if (until_sync.length) {
    held.push(
      `Answers may cite ${articles(until_sync)}, deleted from the knowledge bucket, until the next synchronization of the knowledge base’s S3 data source. Start one now.`,
    );
  }
  if (in_jobs.length) {
    held.push(
      `Files of ${in_jobs.length === 1 ? "the labelling job" : "the labelling jobs"} ${in_jobs.join(", ")} still hold it: it is taken out in some minutes; of a job that still goes on, when it has ended.`,
    );
  }
  return held;
}

/** Which datasets and models have seen it: these do not change any more. */
export function seenBy({ datasets, models }: Withdrawal): string {
  if (!datasets.length) return "No dataset holds it.";
  const versions = datasets.join(", ");
  const held =
    datasets.length === 1
      ? `Dataset version ${versions} holds it`
      : `Dataset versions ${versions} hold it`;
  return models.length
    ? `${held}; models that have seen it: ${models.join(", ")}. Train them again without it, on a later version.`
    : `${held}; no model was trained on it.`;
}

/** The same in a few words. */
export function heldInShort(withdrawal: Withdrawal): string {
  return isCited(withdrawal) ? "Answers may still cite it" : "In files of labelling jobs";
}

/** Whether customers may still be shown something of it. */
export function isCited({ left, until_sync }: Withdrawal): boolean {
  return left.length + until_sync.length > 0;
}

/** How soon it is worth to look again; null: nothing changes by itself. */
export function lookAgainMs(withdrawals: readonly Withdrawal[]): number | null {
  if (withdrawals.some(({ left, problem }) => left.length && !problem)) return 10_000;
  return withdrawals.some(({ left, in_jobs }) => left.length + in_jobs.length) ? 60_000 : null;
}

function articles(ids: readonly string[]): string {
  return ids.length === 1 ? `the article ${ids[0]}` : `the articles ${ids.join(", ")}`;
}
