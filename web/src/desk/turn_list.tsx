import "./turn_list.css";
import Button from "@cloudscape-design/components/button";
import LiveRegion from "@cloudscape-design/components/live-region";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { OpenedConversation } from "../live/desk_conversation";
import { useNewestInView } from "./newest_in_view";
import OutgoingBubble from "./outgoing_bubble";
import RatingLine from "./rating_line";
import TurnBubble from "./turn_bubble";

interface TurnListProps {
  opened: OpenedConversation;
  customer: string;
  /** My name. */
  me: string;
  onRetry: (client_id: string) => void;
  onDiscard: (client_id: string) => void;
  /** What stands after the newest message. */
  children?: ReactNode;
}

/** All that was said, oldest first, with my messages that are on their way. */
export default function TurnList(props: TurnListProps) {
  const { opened, customer, me, onRetry, onDiscard, children } = props;
  const { turns, outgoing, typing } = opened.conversation;
  const list = useRef<HTMLDivElement>(null);
  const { behind, onScroll, toNewest } = useNewestInView(list, turns.length + outgoing.length);
  const ratings = opened.background?.ratings ?? [];
  const decisions = opened.background?.decisions ?? {};
  return (
    <div className="turn-list-place">
      <div
        className="turn-list"
        ref={list}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Messages"
      >
        {turns.map((turn) => (
          <TurnBubble
            key={turn.turn_id}
            turn={turn}
            customer={customer}
            decision={decisions[turn.turn_id]}
            ratings={ratings.filter((rating) => rating.turn_id === turn.turn_id)}
          />
        ))}
        {ratings
          .filter((rating) => rating.turn_id === null)
          .map((rating) => (
            <div className="status-line" key={rating.at}>
              <span>The customer rated the conversation:</span>
              <RatingLine rating={rating} />
            </div>
          ))}
        {outgoing.map((message) => (
          <OutgoingBubble
            key={message.client_id}
            message={message}
            me={me}
            onRetry={() => onRetry(message.client_id)}
            onDiscard={() => onDiscard(message.client_id)}
          />
        ))}
        {typing && <div className="typing-line">{customer} is typing …</div>}
        {children}
      </div>
      {behind && (
        <div className="to-newest">
          <Button iconName="angle-down" onClick={toNewest}>
            New messages
          </Button>
        </div>
      )}
      <Announcement opened={opened} customer={customer} />
    </div>
  );
}

/** Reads a customer's new message out, whole; not what was there when the column was opened. */
function Announcement({ opened, customer }: { opened: OpenedConversation; customer: string }) {
  const newest = opened.conversation.turns.findLast((turn) => turn.author === "customer");
  const seen = useRef<number | null>(null);
  const [said, setSaid] = useState("");
  const ready = opened.state === "ready";
  const { seq = 0, text = "" } = newest ?? {};
  useEffect(() => {
    if (!ready) return;
    if (seen.current !== null && seq > seen.current) setSaid(`${customer}: ${text}`);
    seen.current = seq;
  }, [ready, seq, text, customer]);
  return <LiveRegion hidden>{said}</LiveRegion>;
}
