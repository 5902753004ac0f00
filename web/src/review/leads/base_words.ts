import type { Schemas } from "../../live/http";

export interface BaseWords {
  type: "success" | "pending" | "warning";
  verdict: string;
  words: string;
}

const AGAIN = "It is tried again by itself.";

/** How the knowledge base stands to an article; null where it has nothing to do with it. */
export function baseWords(article: Schemas["Article"]): BaseWords | null {
  const { status, revision, published_revision, indexed, problem } = article;
  if (problem) {
    return { type: "warning", verdict: "Knowledge base", words: `${problem} ${AGAIN}` };
  }
  if (status !== "published") {
    if (published_revision === null) return null;
    return {
      type: "pending",
      verdict: "Still in the knowledge base",
      words: "It is being taken out.",
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
  return indexed
    ? { type: "success", verdict: "In the knowledge base", words: "Answers may cite it." }
    : {
        type: "pending",
        verdict: "In the knowledge base",
        words: "It is being indexed; answers may cite it in a moment.",
      };
}
