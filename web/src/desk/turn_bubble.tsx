import "./turn_bubble.css";
import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import type { TurnSent } from "../contracts/frames";
import type { Decision, Rating } from "../live/desk_conversation";
import { AuthorAvatar } from "../shared/author_avatar";
import MarkdownText from "../shared/markdown";
import { PlainText } from "../shared/plain_text";
import { clock } from "../shared/time";
import GateDecision from "./gate_decision";
import RatingLine from "./rating_line";
import SourceList from "./source_list";

interface TurnBubbleProps {
  turn: TurnSent;
  /** What the customer is called here. */
  customer: string;
  decision?: Decision;
  ratings: readonly Rating[];
}

/** One message: who, when, what, and what is known about it. */
export default function TurnBubble({ turn, customer, decision, ratings }: TurnBubbleProps) {
  const { author, text, at, name, model_id, sources } = turn;
  if (author === "system") {
    return (
      <div className="status-line">
        <PlainText text={text} />
        <time dateTime={at}>{clock(at)}</time>
      </div>
    );
  }
  const who =
    author === "customer" ? customer : author === "assistant" ? "Assistant" : (name ?? "Expert");
  return (
    <ChatBubble
      type={author === "expert" ? "outgoing" : "incoming"}
      ariaLabel={`${who}, ${clock(at)}`}
      avatar={<AuthorAvatar author={author} who={who} />}
    >
      <div className="turn">
        <div className="turn-head">
          <strong>{who}</strong>
          <time dateTime={at}>{clock(at)}</time>
          {model_id && <span className="turn-model">{model_id}</span>}
        </div>
        {author === "customer" ? <PlainText text={text} /> : <MarkdownText text={text} />}
        <SourceList sources={sources} />
        {decision && <GateDecision decision={decision} />}
        {ratings.map((rating) => (
          <RatingLine key={rating.at} rating={rating} />
        ))}
      </div>
    </ChatBubble>
  );
}
