import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import { AuthorAvatar } from "../shared/author_avatar";
import { MessageHead } from "./message_head";
import { usePage } from "./page_context";
import { RichText } from "./rich_text";

/** An answer in the making; until its first piece is there, that it is being made. */
export function StreamingBubble({ text }: { text: string }) {
  const { words } = usePage();
  return (
    <ChatBubble
      type="incoming"
      ariaLabel={text ? words.assistant : words.thinking}
      avatar={<AuthorAvatar author="assistant" who={words.assistant} loading />}
      showLoadingBar
    >
      <MessageHead who={words.assistant} />
      {text ? <RichText text={text} /> : words.thinking}
    </ChatBubble>
  );
}
