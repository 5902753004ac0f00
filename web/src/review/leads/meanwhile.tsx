import Button from "@cloudscape-design/components/button";
import type { Schemas } from "../../live/http";
import { PlainText } from "../../shared/plain_text";
import { readable } from "../../shared/readable";
import { day } from "../../shared/time";

type Article = Schemas["Article"];
export type Field = "question" | "answer" | "product_area" | "expires_at" | "status";

const NAMES: Record<Field, string> = {
  question: "Question",
  answer: "Answer",
  product_area: "Product area",
  expires_at: "Expires",
  status: "Status",
};

interface MeanwhileProps {
  /** As the lead saw it. */
  before: Article;
  /** As it is now. */
  after: Article;
  /** Where the lead's own text stands beside it: take the one of now. */
  take?: { among: readonly Field[]; onTake: (field: Field) => void };
}

/** What others have changed of an article since somebody saw it. */
export default function Meanwhile({ before, after, take }: MeanwhileProps) {
  const fields = changedFields(before, after);
  return (
    // Scrolls by itself, so a keyboard has to reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
    <section className="meanwhile" aria-label="Changed meanwhile" tabIndex={0}>
      {fields.length === 0 && <p>What it says is as you saw it.</p>}
      {fields.map((field) => (
        <div key={field} className="meanwhile-field">
          <h3>{NAMES[field]}</h3>
          <div className="meanwhile-text">
            <span>As you saw it</span>
            <PlainText text={told(before, field)} />
          </div>
          <div className="meanwhile-text">
            <span>As it is now</span>
            <PlainText text={told(after, field)} />
            {take?.among.includes(field) && (
              <Button
                variant="inline-link"
                ariaLabel={`Take it instead of yours: ${NAMES[field]}`}
                onClick={() => take.onTake(field)}
              >
                Take it instead of yours
              </Button>
            )}
          </div>
        </div>
      ))}
    </section>
  );
}

export function changedFields(before: Article, after: Article): Field[] {
  return (Object.keys(NAMES) as Field[]).filter((field) => before[field] !== after[field]);
}

function told(article: Article, field: Field): string {
  if (field === "expires_at") return article.expires_at ? day(article.expires_at) : "never";
  if (field === "status") return readable(article.status);
  return article[field] || "none";
}
