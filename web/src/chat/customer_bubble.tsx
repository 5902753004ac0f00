import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import { memo, type ReactNode } from "react";
import { AuthorAvatar } from "../shared/author_avatar";
import { PlainText } from "../shared/plain_text";
import { clock } from "../shared/time";
import { MessageHead } from "./message_head";
import { usePage } from "./page_context";

interface CustomerBubbleProps {
  text: string;
  at: string;
  /** The message before it is of the same author. */
  continued: boolean;
  /** What is to be said about its way. */
  children?: ReactNode;
}

/** The customer's own message, exactly as it was written. */
export const CustomerBubble = memo(function CustomerBubble(props: CustomerBubbleProps) {
  const { text, at, continued, children } = props;
  const { words, locale } = usePage();
  return (
    <ChatBubble
      type="outgoing"
      ariaLabel={words.saidAt(words.you, clock(at, locale))}
      avatar={<AuthorAvatar author="customer" who={words.you} />}
      hideAvatar={continued}
    >
      {!continued && <MessageHead who={words.you} at={at} />}
      <PlainText text={text} />
      {children}
    </ChatBubble>
  );
});
