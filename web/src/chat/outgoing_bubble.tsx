import "./outgoing_bubble.css";
import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Outgoing } from "../live/conversation";
import { CustomerBubble } from "./customer_bubble";
import { Notice } from "./notice";
import { usePage } from "./page_context";
import type { Words } from "./words";

interface OutgoingBubbleProps {
  message: Outgoing;
  continued: boolean;
  onRetry: (client_id: string) => void;
  onDiscard: (client_id: string) => void;
}

/** The customer's message on its way, or what became of it. */
export function OutgoingBubble({ message, continued, onRetry, onDiscard }: OutgoingBubbleProps) {
  const { words } = usePage();
  const { client_id, text, at, state, problem } = message;
  return (
    <CustomerBubble text={text} at={at} continued={continued}>
      <div className="outgoing-state">
        {state === "sending" ? (
          <StatusIndicator type="pending">{words.sending}</StatusIndicator>
        ) : (
          <>
            <div role="alert">
              <Notice type="error">
                {words.notSent} {reasonOf(problem?.code, words)}
              </Notice>
            </div>
            <Button onClick={() => onRetry(client_id)}>{words.tryAgain}</Button>
            <Button variant="link" onClick={() => onDiscard(client_id)}>
              {words.discard}
            </Button>
          </>
        )}
      </div>
    </CustomerBubble>
  );
}

function reasonOf(code: string | undefined, words: Words): string {
  const known: Partial<Record<string, string>> = words.problems;
  return known[code ?? "other"] ?? words.problems.other;
}
