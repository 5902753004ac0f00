import type { Ref } from "react";
import type { Schemas } from "../live/http";
import { PlainText } from "../shared/plain_text";

const AUTHORS: Record<Schemas["ContextTurn"]["author"], string> = {
  customer: "Customer",
  assistant: "Assistant",
  expert: "Expert",
};

interface ItemViewProps {
  /** Null: it is awaited. */
  item: Schemas["Item"] | null;
  /** What was just done, while the next item is awaited. */
  coming: string | null;
  /** What was said of it is on its way. */
  busy: boolean;
  ref?: Ref<HTMLElement>;
}

/** What is rated: text, whatever it holds. */
export default function ItemView({ item, coming, busy, ref }: ItemViewProps) {
  return (
    // Scrolls by itself, so a keyboard has to reach it.
    <section
      className="rating-item"
      data-item={item?.candidate_id}
      aria-label={item ? "Item" : "Next item"}
      aria-busy={busy}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
      tabIndex={0}
      ref={ref}
    >
      {item ? (
        <Exchange question={item.question} answer={item.answer} context={item.context} />
      ) : (
        <div className="rating-coming">
          <strong>{coming}</strong>
          <p>The next item is on its way. What you choose and write now is for that one.</p>
        </div>
      )}
    </section>
  );
}

/** Question and answer, with what was said before. */
export function Exchange(props: Pick<Schemas["Item"], "question" | "answer" | "context">) {
  const { question, answer, context } = props;
  return (
    <div className="exchange">
      {context.length > 0 && (
        <section className="exchange-context">
          <h2>Before that</h2>
          {context.map(({ author, text }, index) => (
            // The turns of an item are always the same ones.
            // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
            <div className="exchange-turn" key={index}>
              <span className="exchange-author">{AUTHORS[author]}</span>
              <PlainText text={text} />
            </div>
          ))}
        </section>
      )}
      <section>
        <h2>Question</h2>
        <PlainText text={question} />
      </section>
      <section className="exchange-answer">
        <h2>Answer</h2>
        <PlainText text={answer} />
      </section>
    </div>
  );
}
