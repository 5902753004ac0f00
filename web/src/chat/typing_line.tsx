import "./typing_line.css";
import type { Conversation } from "../live/conversation";
import { usePage } from "./page_context";

/** That a person is writing just now. It keeps its place, so that nothing jumps. */
export function TypingLine({ conversation }: { conversation: Conversation }) {
  const { words } = usePage();
  const { owner, typing, expert_name } = conversation;
  return (
    <p className="typing-line">
      {owner === "expert" && typing && words.isTyping(typing.name ?? expert_name ?? words.person)}
    </p>
  );
}
