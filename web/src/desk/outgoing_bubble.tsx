import "./turn_bubble.css";
import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Outgoing } from "../live/conversation";
import { AuthorAvatar } from "../shared/author_avatar";
import MarkdownText from "../shared/markdown";

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
      avatar={<AuthorAvatar author="expert" who={me} />}
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
