import type { EscalationView } from "../contracts/frames";
import type { Schemas } from "../live/http";
import { readable } from "../shared/readable";

/** The same words as in the e-mail that calls the experts. */
const TRIGGERS: Record<Schemas["Trigger"], string> = {
  negative_sentiment: "The customer is upset",
  wants_person: "The customer asks for a person",
  button: "The customer pressed “talk to a person”",
  no_grounding: "Nothing was found to answer from",
  repeated_question: "The customer asks the same again",
  guardrail: "A guardrail intervened",
  listed_word: "A listed word was used",
  model_failure: "The model failed",
  thumbs_down: "Several answers were rated down",
  predicted_low: "The answer would likely be rated low",
  external: "The chatbot asks for a person",
};

const STATUSES: Record<string, string> = {
  requested: "Requested",
  waiting: "Waiting",
  claimed: "With a person",
  resolved: "Resolved",
  handed_back: "Handed back",
  expired: "Nobody came in time",
};

/** Why a person is called. */
export function triggerWords(trigger: string): string {
  return TRIGGERS[trigger as Schemas["Trigger"]] ?? readable(trigger);
}

/** The reason where it says more than the trigger does; else null. */
export function furtherReason(
  escalation: Pick<EscalationView, "trigger" | "reason">,
): string | null {
  const reason = escalation.reason.trim();
  const said = triggerWords(escalation.trigger);
  return reason && reason.toLowerCase() !== said.toLowerCase() ? reason : null;
}

export function statusWords(status: string): string {
  return STATUSES[status] ?? readable(status);
}

/** `Guest 1f2e` or `Customer 9c0d`: told apart by the end of the id, which is no name. */
export function customerWords(customer_id: string): string {
  const guest = customer_id.startsWith("guest");
  // A chatbot of the team's own may call all its guests "guest".
  const sign = customer_id
    .replace(/^guest/, "")
    .replace(/[^A-Za-z0-9]/g, "")
    .slice(-4);
  return `${guest ? "Guest" : "Customer"} ${sign}`.trim();
}

/** `German` for `de`; the code itself where it is none. */
export function languageWords(language: string): string {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(language) ?? language;
  } catch {
    return language;
  }
}
