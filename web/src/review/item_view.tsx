import type { Ref } from "react";
import type { Schemas } from "../live/http";
import { Exchange } from "../shared/exchange";

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
      className="judged"
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
        <div className="judged-coming">
          <strong>{coming}</strong>
          <p>The next item is on its way. What you choose and write now is for that one.</p>
        </div>
      )}
    </section>
  );
}
