import type { Schemas } from "../live/http";

const REASONS: Record<Schemas["Trigger"], string> = {
  wants_person: "Wanted a person",
  button: "Pressed the button",
  negative_sentiment: "Was upset",
  no_grounding: "No answer found",
  repeated_question: "Asked again",
  listed_word: "Listed word",
  thumbs_down: "Thumbs down",
  predicted_low: "Low rating expected",
  guardrail: "Guardrail",
  model_failure: "Model failed",
  external: "Own chatbot",
};

/** Why a person was called, in words; a trigger that this page does not know yet, as it is named. */
export function reasonText(trigger: Schemas["Trigger"]): string {
  return REASONS[trigger] ?? String(trigger).replaceAll("_", " ");
}
