import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../../live/http";
import type { ArticleDecision } from "../../live/review_server";
import { Exchange } from "../../shared/exchange";
import { day, moment } from "../../shared/time";
import { baseWords } from "./base_words";

type Article = Schemas["Article"];

interface ArticleCardProps {
  article: Article;
  onDecide: (decision: ArticleDecision) => void;
  onEdit: () => void;
}

const DECISIONS: Record<Article["status"], readonly ArticleDecision[]> = {
  proposed: ["approve", "reject"],
  published: ["expire", "withdraw"],
  rejected: ["approve"],
  expired: ["approve", "withdraw"],
  withdrawn: ["approve"],
};
/** What stands in the place of texts that a customer has withdrawn: nothing is left to decide. */
const ERASED = "[withdrawn]";
const NAMES: Record<ArticleDecision, string> = {
  approve: "Approve",
  reject: "Reject",
  expire: "Expire",
  withdraw: "Withdraw",
};

/** An article, where it comes from, and what a lead may do with it. */
export default function ArticleCard({ article, onDecide, onEdit }: ArticleCardProps) {
  const base = baseWords(article);
  return (
    <article
      className="leads-card"
      data-article={article.article_id}
      aria-label={`Article: ${article.question.slice(0, 80)}`}
      tabIndex={-1}
    >
      <Exchange question={article.question} answer={article.answer} context={[]} />
      <dl className="leads-facts">
        {factsOf(article).map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
      {base && (
        <div className="leads-base">
          <StatusIndicator type={base.type}>{base.verdict}</StatusIndicator>
          <div dir="auto">{base.words}</div>
        </div>
      )}
      {article.answer !== ERASED && (
        <div className="leads-actions">
          {DECISIONS[article.status].map((decision) => (
            <Button
              key={decision}
              variant={decision === "approve" ? "primary" : "normal"}
              onClick={() => onDecide(decision)}
            >
              {`${NAMES[decision]} …`}
            </Button>
          ))}
          {article.status !== "withdrawn" && <Button onClick={onEdit}>Edit …</Button>}
        </div>
      )}
    </article>
  );
}

function factsOf(article: Article): [string, string][] {
  const { product_area, answered_by, created_at, approved_by, approved_at } = article;
  const facts: [string, string][] = [
    ["Product area", product_area || "none"],
    ["Answered by", `${answered_by}, ${moment(created_at)}`],
  ];
  if (approved_by) {
    const by = approved_by === "policy" ? "the policy" : approved_by;
    facts.push(["Approved by", approved_at ? `${by}, ${moment(approved_at)}` : by]);
  }
  facts.push(["Expires", article.expires_at ? day(article.expires_at) : "never"]);
  facts.push(["Conversation", article.conversation_id]);
  if (article.note) facts.push(["Note", article.note]);
  return facts;
}
