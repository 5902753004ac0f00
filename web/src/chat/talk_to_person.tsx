import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { Conversation } from "../live/conversation";
import { usePage } from "./page_context";

interface TalkToPersonProps {
  conversation: Pick<Conversation, "owner" | "expert_name">;
  onAsk: () => Promise<unknown>;
}

/** Calls a person; says why it cannot while one is called or there. */
export function TalkToPerson({ conversation, onAsk }: TalkToPersonProps) {
  const { words } = usePage();
  const [asking, setAsking] = useState(false);
  const { owner, expert_name } = conversation;
  const reason =
    owner === "waiting"
      ? words.alreadyWaiting
      : owner === "expert"
        ? words.alreadyTalking(expert_name ?? words.person)
        : undefined;

  async function ask() {
    setAsking(true);
    await onAsk();
    setAsking(false);
  }

  return (
    <Button
      iconName="user-profile"
      loading={asking}
      disabled={reason !== undefined}
      disabledReason={reason}
      onClick={() => void ask()}
    >
      {words.talkToPerson}
    </Button>
  );
}
