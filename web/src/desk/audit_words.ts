import type { Schemas } from "../live/http";
import { readable } from "../shared/readable";
import { triggerWords } from "./escalation_words";

const ACTIONS: Record<string, string> = {
  requested: "asked for a person",
  "requested again": "asked for a person again",
  notified: "called a tier",
  claimed: "took over",
  said: "wrote to the customer",
  "sent the draft": "sent the withheld answer",
  "edited the draft": "sent the withheld answer, edited",
  requeued: "gave it back to the queue",
  assigned: "assigned it",
  noted: "noted",
  handed_back: "handed back to the assistant",
  resolved: "resolved",
  expired: "gave up waiting",
  "followed up": "got back to the customer",
  reopened: "opened the conversation again",
  closed: "closed the conversation",
  restarted: "restarted the call",
};

const ACTORS: Record<string, string> = {
  customer: "The customer",
  assistant: "The assistant",
  system: "Tandem",
};

export function actorWords(actor: string): string {
  return ACTORS[actor] ?? actor;
}

export function actionWords(action: string): string {
  return ACTIONS[action] ?? action;
}

/** The details of an entry, one line each; ids of turns say nothing to a reader. */
export function detailLines(detail: Schemas["AuditEntry"]["detail"]): readonly string[] {
  return Object.entries(detail)
    .filter(([name, value]) => value && name !== "turn_id" && value !== "false")
    .map(([name, value]) => {
      if (name === "knowledge") return "Added to knowledge";
      return `${readable(name)}: ${name === "trigger" ? triggerWords(value) : value}`;
    });
}
