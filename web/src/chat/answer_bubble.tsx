import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { memo, useState } from "react";
import type { TurnSent } from "../contracts/frames";
import { AuthorAvatar } from "../shared/author_avatar";
import { clock } from "../shared/time";
import { AnswerActions } from "./answer_actions";
import { AnswerReason } from "./answer_reason";
import { MessageHead } from "./message_head";
import { usePage } from "./page_context";
import { RichText } from "./rich_text";
import { Sources } from "./sources";

interface AnswerBubbleProps {
  turn: TurnSent;
  /** The message before it is of the same author. */
  continued: boolean;
  thumb: "up" | "down" | undefined;
  onThumb: (turn_id: string, thumb: "up" | "down", reason?: string) => void;
}

/** What the assistant or a person has said, whole. Drawn once, while others stream below it. */
export const AnswerBubble = memo(function AnswerBubble(props: AnswerBubbleProps) {
  const { turn, continued, thumb, onThumb } = props;
  const { words, locale } = usePage();
  const [reason, setReason] = useState<"none" | "asked" | "given">("none");
  const { author, text, at, turn_id } = turn;
  const who = author === "assistant" ? words.assistant : (turn.name ?? words.person);
  return (
    <ChatBubble
      type="incoming"
      ariaLabel={words.saidAt(who, clock(at, locale))}
      avatar={<AuthorAvatar author={author} who={who} />}
      hideAvatar={continued}
      actions={
        <AnswerActions
          text={text}
          thumb={thumb}
          onThumb={(given) => {
            // Pressed again, it stays as it is: a thumb cannot be taken back.
            if (given !== thumb) onThumb(turn_id, given);
            setReason(given === "down" ? "asked" : "none");
          }}
        />
      }
    >
      {!continued && <MessageHead who={who} at={at} />}
      <RichText text={text} />
      <Sources sources={turn.sources} />
      {reason === "asked" && thumb === "down" && (
        <AnswerReason
          onSend={(said) => {
            onThumb(turn_id, "down", said);
            setReason("given");
          }}
          onSkip={() => setReason("none")}
        />
      )}
      <div role="status">
        {reason === "given" && (
          <StatusIndicator type="success">{words.thanksForReason}</StatusIndicator>
        )}
      </div>
    </ChatBubble>
  );
});
