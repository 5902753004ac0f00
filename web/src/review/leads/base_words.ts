import type { Schemas } from "../../live/http";

type Article = Schemas["Article"];

export interface BaseWords {
  /** `info`: as decided, as far as can be known here. */
  type: "success" | "info" | "pending" | "warning";
  verdict: string;
  words: string;
}

const AGAIN = "It is tried again by itself.";

/** How the knowledge base stands to an article; null where it has nothing to do with it. */
export function baseWords(article: Article): BaseWords | null {
  return article.status === "published" ? published(article) : ended(article);
}

function published(article: Article): BaseWords {
  const { revision, published_revision, indexed, at_next_sync, problem } = article;
  if (problem) {
    return {
      type: "warning",
      verdict: "Not in the knowledge base as it is here",
      words: `${sentence(problem)} ${published_revision === null ? "" : "Answers may cite an earlier wording. "}${AGAIN}`,
    };
  }
  if (published_revision === null) {
    return { type: "pending", verdict: "Not in the knowledge base yet", words: AGAIN };
  }
  if (published_revision !== revision) {
    return {
      type: "pending",
      verdict: "Knowledge base with an earlier text",
      words: "The new one follows by itself.",
    };
  }
  if (indexed) {
    return { type: "success", verdict: "In the knowledge base", words: "Answers may cite it." };
  }
  if (at_next_sync) {
    return {
      type: "info",
      verdict: "In the knowledge bucket",
      words:
        "Answers may cite it from the next synchronization of the knowledge base’s S3 data source on, which is not told here.",
    };
  }
  return {
    type: "pending",
    verdict: "Being indexed",
    words: "The knowledge base has it; answers may cite it in a moment.",
  };
}

function ended({ may_be_held, at_next_sync, problem }: Article): BaseWords | null {
  if (may_be_held) {
    return problem
      ? {
          type: "warning",
          verdict: "Answers may still cite it",
          words: `${sentence(problem)} ${AGAIN}`,
        }
      : {
          type: "pending",
          verdict: "Answers may still cite it",
          words: "It is being taken out of the knowledge base.",
        };
  }
  return at_next_sync
    ? {
        type: "info",
        verdict: "Deleted from the knowledge bucket",
        words:
          "Answers may cite it until the next synchronization of the knowledge base’s S3 data source, which is not told here.",
      }
    : null;
}

const DECIDED: Record<Article["status"], string> = {
  proposed: "Saved",
  published: "Approved",
  rejected: "Rejected",
  expired: "Expired",
  withdrawn: "Withdrawn",
};

/** What has come of a decision, or of an edit, as far as it is known. */
export function outcome(article: Article, how: "decided" | "edited"): BaseWords {
  const done = how === "edited" ? "Saved" : DECIDED[article.status];
  const base = baseWords(article);
  if (base) return { ...base, verdict: `${done}. ${base.verdict}` };
  return {
    type: "success",
    verdict: done,
    words:
      article.status === "proposed"
        ? "The knowledge base gets it once it is approved."
        : "The knowledge base does not hold it.",
  };
}

/** How soon it is worth to look again; null: nothing changes by itself. */
export function lookAgainMs(articles: readonly Article[], problems: number): number | null {
  const types = new Set(articles.map((article) => baseWords(article)?.type));
  if (types.has("pending")) return 10_000;
  return problems || types.has("warning") ? 60_000 : null;
}

/** With a full stop: what AWS says has none now and then. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}
