import "./chat_header.css";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import type { Conversation } from "../live/conversation";
import { usePage } from "./page_context";
import type { Words } from "./words";

interface ChatHeaderProps {
  title: string;
  /** Null while it is not known yet. */
  conversation: Pick<Conversation, "owner" | "expert_name"> | null;
  /** What calls a person; in a narrow window it has a row of its own. */
  person?: ReactNode;
  children?: ReactNode;
  /** Given where the page is shown in a frame that can be closed. */
  onClose?: () => void;
}

/** Whose chat it is, who speaks now, and what can always be done. */
export function ChatHeader({ title, conversation, person, children, onClose }: ChatHeaderProps) {
  const { words } = usePage();
  return (
    <header className="chat-header">
      <div className="chat-header-title">
        <Box variant="h1" fontSize="heading-m" padding="n">
          <bdi>{title}</bdi>
        </Box>
        <Box variant="p" color="text-body-secondary" fontSize="body-s" padding="n">
          {conversation ? speakerOf(conversation, words) : "\u00a0"}
        </Box>
      </div>
      {person && <div className="chat-header-person">{person}</div>}
      {children}
      {onClose && (
        <Button variant="icon" iconName="close" ariaLabel={words.closeChat} onClick={onClose} />
      )}
    </header>
  );
}

function speakerOf(
  { owner, expert_name }: Pick<Conversation, "owner" | "expert_name">,
  words: Words,
): string {
  switch (owner) {
    case "assistant":
      return words.talkingToAssistant;
    case "waiting":
      return words.waitingForPerson;
    case "expert":
      return words.talkingTo(expert_name ?? words.person);
    case "closed":
      return words.conversationEnded;
  }
}
