import "./exchange.css";
import type { Schemas } from "../live/http";
import { PlainText } from "./plain_text";

interface AskedProps {
  question: string;
  context: readonly Turn[];
}

type Turn = Schemas["ContextTurn"] | Schemas["SaidBefore"];

const AUTHORS: Record<Turn["author"], string> = {
  customer: "Customer",
  assistant: "Assistant",
  expert: "Expert",
};

/** A question, with what was said before; its answer, or answers, stand below. Text, all of it. */
export function Asked({ question, context }: AskedProps) {
  return (
    <>
      {context.length > 0 && (
        <section className="exchange-context">
          <h2>Before that</h2>
          {context.map(({ author, text }, index) => (
            // The turns before a question are always the same ones.
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
    </>
  );
}

/** Question and answer, with what was said before. */
export function Exchange({ answer, ...asked }: AskedProps & { answer: string }) {
  return (
    <div className="exchange">
      <Asked {...asked} />
      <section className="exchange-answer">
        <h2>Answer</h2>
        <PlainText text={answer} />
      </section>
    </div>
  );
}
