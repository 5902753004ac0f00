import "./closed_panel.css";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { usePage } from "./page_context";
import { Rating } from "./rating";

interface ClosedPanelProps {
  rated: boolean;
  onRate: (stars: number, reason: string) => Promise<boolean>;
  onContinue: () => Promise<unknown>;
  onBeginAnew: () => void;
}

/** What can be done with a conversation that has ended; it stands where one wrote before. */
export function ClosedPanel({ rated, onRate, onContinue, onBeginAnew }: ClosedPanelProps) {
  const { words } = usePage();
  const [opening, setOpening] = useState(false);

  async function goOn() {
    setOpening(true);
    await onContinue();
    setOpening(false);
  }

  return (
    <section className="closed-panel" aria-label={words.conversationEnded}>
      <Rating question={words.howWasIt} rated={rated} onRate={onRate} />
      <div className="closed-panel-ways">
        <Button loading={opening} onClick={() => void goOn()}>
          {words.continueConversation}
        </Button>
        <Button onClick={onBeginAnew}>{words.beginAnew}</Button>
      </div>
    </section>
  );
}
