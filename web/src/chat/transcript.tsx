import "./transcript.css";
import Button from "@cloudscape-design/components/button";
import { type ReactNode, useRef } from "react";
import type { Conversation } from "../live/conversation";
import type { Snapshot } from "../live/customer_session";
import { AnswerBubble } from "./answer_bubble";
import { CustomerBubble } from "./customer_bubble";
import { DayLine } from "./day_line";
import { useFollowNewest } from "./follow_newest";
import { HandBackRating } from "./hand_back_rating";
import { OutgoingBubble } from "./outgoing_bubble";
import { usePage } from "./page_context";
import { StatusLine } from "./status_line";
import { StreamingBubble } from "./streaming_bubble";
import { type TranscriptItem, transcriptItems } from "./transcript_items";

interface TranscriptProps {
  conversation: Conversation;
  thumbs: Snapshot["thumbs"];
  rated: Snapshot["rated"];
  onThumb: (turn_id: string, thumb: "up" | "down", reason?: string) => void;
  onRetry: (client_id: string) => void;
  onDiscard: (client_id: string) => void;
  onRate: (stars: number, reason: string) => Promise<boolean>;
  /** What stands there while nothing has been said. */
  children?: ReactNode;
}

/** The conversation, oldest first; the newest stays in view while the reader is there. */
export function Transcript(props: TranscriptProps) {
  const { conversation, children } = props;
  const { words } = usePage();
  const scroller = useRef<HTMLElement>(null);
  const items = transcriptItems(conversation, new Date());
  const newest = items.at(-1);
  const { missed, toEnd } = useFollowNewest(scroller, newest?.key, newest?.kind === "outgoing");
  const handBack =
    conversation.owner === "closed"
      ? undefined
      : conversation.turns.findLast((turn) => turn.code === "handed_back");

  function itemOf(item: TranscriptItem): ReactNode {
    switch (item.kind) {
      case "day":
        return <DayLine at={item.at} />;
      case "status":
        return (
          <>
            <StatusLine text={item.turn.text} at={item.turn.at} />
            {item.turn === handBack && (
              <HandBackRating
                turn={item.turn}
                rated={(props.rated?.seq ?? 0) >= item.turn.seq}
                onRate={props.onRate}
              />
            )}
          </>
        );
      case "turn":
        return item.turn.author === "customer" ? (
          <CustomerBubble text={item.turn.text} at={item.turn.at} continued={item.continued} />
        ) : (
          <AnswerBubble
            turn={item.turn}
            continued={item.continued}
            thumb={props.thumbs[item.turn.turn_id]}
            onThumb={props.onThumb}
          />
        );
      case "outgoing":
        return (
          <OutgoingBubble
            message={item.message}
            continued={item.continued}
            onRetry={props.onRetry}
            onDiscard={props.onDiscard}
          />
        );
      case "stream":
        return <StreamingBubble text={item.text} />;
    }
  }

  return (
    <div className="transcript">
      <section
        ref={scroller}
        className="transcript-scroller"
        aria-label={words.messages}
        // Scrolls by itself, so a keyboard has to reach it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
        tabIndex={0}
      >
        <div className="transcript-items">
          {items.length === 0
            ? children
            : items.map((item) => (
                <div key={item.key} className="transcript-item">
                  {itemOf(item)}
                </div>
              ))}
        </div>
      </section>
      {missed && (
        <div className="transcript-missed">
          <Button iconName="angle-down" onClick={toEnd}>
            {words.newMessages}
          </Button>
        </div>
      )}
    </div>
  );
}
