import "./pair_view.css";
import type { Ref } from "react";
import type { Choice, Pair } from "../../live/compare_snapshot";
import { Asked } from "../../shared/exchange";
import { PlainText } from "../../shared/plain_text";

interface PairViewProps {
  /** Null: it is awaited. */
  pair: Pair | null;
  choice: Choice | null;
  /** What was just done, while the next pair is awaited. */
  coming: string | null;
  /** What was said of it is on its way. */
  busy: boolean;
  ref?: Ref<HTMLElement>;
}

/** A question and two answers, in the order in which the server gives them: text, all of it. */
export default function PairView({ pair, choice, coming, busy, ref }: PairViewProps) {
  return (
    // Scrolls by itself, so a keyboard has to reach it.
    <section
      className="judged"
      data-pair={pair?.pair_id}
      aria-label={pair ? "Pair" : "Next pair"}
      aria-busy={busy}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
      tabIndex={0}
      ref={ref}
    >
      {pair ? (
        <div className="exchange pair">
          <Asked question={pair.question} context={pair.context} />
          <div className="pair-answers">
            <Answer number={1} text={pair.first} chosen={choice === "first"} />
            <Answer number={2} text={pair.second} chosen={choice === "second"} />
          </div>
        </div>
      ) : (
        <div className="judged-coming">
          <strong>{coming}</strong>
          <p>The next pair is on its way.</p>
        </div>
      )}
    </section>
  );
}

function Answer({ number, text, chosen }: { number: number; text: string; chosen: boolean }) {
  return (
    <section className={chosen ? "exchange-answer pair-chosen" : "exchange-answer"}>
      <h2>Answer {number}</h2>
      <PlainText text={text} />
    </section>
  );
}
