import "./turn_bubble.css";
import Avatar from "@cloudscape-design/chat-components/avatar";
import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Outgoing } from "../live/conversation";
import MarkdownText from "../shared/markdown";
import { initialsOf } from "./turn_bubble";

interface OutgoingBubbleProps {
  message: Outgoing;
  me: string;
  onRetry: () => void;
  onDiscard: () => void;
}

/** A message of my own that is on its way, or did not arrive. */
export default function OutgoingBubble({ message, me, onRetry, onDiscard }: OutgoingBubbleProps) {
  const failed = message.state === "failed";
  return (
    <ChatBubble
      type="outgoing"
      ariaLabel={`${me}, ${failed ? "not sent" : "sending"}`}
      avatar={<Avatar initials={initialsOf(me)} ariaLabel={me} />}
    >
      <div className="turn">
        <MarkdownText text={message.text} />
        {failed ? (
          <SpaceBetween size="xs">
            <StatusIndicator type="error">
              Not sent. {message.problem?.message ?? ""}
            </StatusIndicator>
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={onRetry}>Send again</Button>
              <Button onClick={onDiscard}>Discard</Button>
            </SpaceBetween>
          </SpaceBetween>
        ) : (
          <StatusIndicator type="in-progress">Sending</StatusIndicator>
        )}
      </div>
    </ChatBubble>
  );
}
