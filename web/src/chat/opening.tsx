import ChatBubble from "@cloudscape-design/chat-components/chat-bubble";
import SupportPromptGroup from "@cloudscape-design/chat-components/support-prompt-group";
import type { Schemas } from "../live/http";
import { AuthorAvatar } from "../shared/author_avatar";
import { PlainText } from "../shared/plain_text";
import { usePage } from "./page_context";

interface OpeningProps {
  settings: Pick<Schemas["ChatSettings"], "greeting" | "suggestions">;
  onAsk: (question: string) => void;
}

/** What stands there before anything was said: a greeting, and questions to begin with. */
export function Opening({ settings, onAsk }: OpeningProps) {
  const { words } = usePage();
  const { greeting, suggestions } = settings;
  return (
    <>
      <ChatBubble
        type="incoming"
        ariaLabel={words.assistant}
        avatar={<AuthorAvatar author="assistant" who={words.assistant} />}
      >
        <PlainText text={greeting} />
      </ChatBubble>
      {suggestions.length > 0 && (
        <SupportPromptGroup
          ariaLabel={words.suggestions}
          items={suggestions.map((text) => ({ id: text, text: <bdi>{text}</bdi> }))}
          onItemClick={({ detail }) => onAsk(detail.id)}
        />
      )}
    </>
  );
}
