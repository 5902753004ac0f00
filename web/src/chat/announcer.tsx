import LiveRegion from "@cloudscape-design/components/live-region";
import { useState } from "react";
import type { TurnSent } from "../contracts/frames";
import type { Conversation } from "../live/conversation";
import { clock } from "../shared/time";
import { useNewTurns } from "./new_turns";
import { usePage } from "./page_context";
import type { Words } from "./words";

/** Reads out what others have said once it is whole, without a break in what is being read. */
export function Announcer({ conversation }: { conversation: Conversation }) {
  const { words, locale } = usePage();
  const [text, setText] = useState("");
  useNewTurns(conversation, (turns) => {
    setText(turns.map((turn) => spoken(turn, words, locale)).join(" "));
  });
  return <LiveRegion hidden>{text}</LiveRegion>;
}

function spoken(turn: TurnSent, words: Words, locale: string): string {
  if (turn.author === "system") return turn.text;
  const who = turn.author === "assistant" ? words.assistant : (turn.name ?? words.person);
  // Without the marks of Markdown, which nobody wants to hear.
  const text = turn.text.replace(/[*_`#>|]+/g, "");
  return `${words.saidAt(who, clock(turn.at, locale))}: ${text}`;
}
