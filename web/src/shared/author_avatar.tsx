import Avatar from "@cloudscape-design/chat-components/avatar";
import type { TurnSent } from "../contracts/frames";

interface AuthorAvatarProps {
  author: TurnSent["author"];
  /** What the author is called on this page. */
  who: string;
  /** The author is at work on what stands beside it. */
  loading?: boolean;
}

/** Who wrote it, as a small picture. */
export function AuthorAvatar({ author, who, loading = false }: AuthorAvatarProps) {
  if (author === "assistant") {
    return <Avatar color="gen-ai" iconName="gen-ai" ariaLabel={who} loading={loading} />;
  }
  if (author === "expert") return <Avatar initials={initialsOf(who)} ariaLabel={who} />;
  return <Avatar iconName="user-profile" ariaLabel={who} />;
}

/** `Ada King Lovelace` as `AL`. */
function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return ends.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("");
}
