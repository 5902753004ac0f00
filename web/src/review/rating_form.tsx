import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import type { Schemas } from "../live/http";
import type { Draft } from "../live/review_draft";
import type { Action } from "../live/review_snapshot";
import Scale from "../shared/scale";

export interface RatingFormHandle {
  focusReason(): void;
  focusBetterAnswer(): void;
}

interface RatingFormProps {
  settings: Schemas["ReviewSettings"];
  draft: Draft;
  needs_reason: boolean;
  missing: "rating" | "reason" | null;
  doing: Action | null;
  can_undo: boolean;
  single_keys: boolean;
  onChoose: (rating: number) => void;
  onWrite: (change: Partial<Draft>) => void;
  onConfirm: () => void;
  onAside: (action: "skip" | "flag") => void;
  onUndo: () => void;
  ref?: Ref<RatingFormHandle>;
}

/** The server's limits, in characters. */
const LONGEST_REASON = 1000;
const LONGEST_ANSWER = 8000;

/** The scale, a reason, a better answer; and what else can be done with an item. */
export default function RatingForm(props: RatingFormProps) {
  const { settings, draft, needs_reason, missing, doing, can_undo, single_keys, ref } = props;
  const { onChoose, onWrite, onConfirm, onAside, onUndo } = props;
  const [opened, setOpened] = useState({ reason: false, better_answer: false });
  const [wanted, setWanted] = useState<"reason" | "better_answer" | null>(null);
  const reason = useRef<TextareaProps.Ref>(null);
  const better_answer = useRef<TextareaProps.Ref>(null);

  // A field that is opened is there after the next render only.
  useEffect(() => {
    if (!wanted) return;
    (wanted === "reason" ? reason : better_answer).current?.focus();
    setWanted(null);
  }, [wanted]);
  const openField = (field: "reason" | "better_answer") => {
    setOpened((before) => ({ ...before, [field]: true }));
    setWanted(field);
  };
  useImperativeHandle(ref, () => ({
    focusReason: () => openField("reason"),
    focusBetterAnswer: () => openField("better_answer"),
  }));

  const with_reason = needs_reason || opened.reason || draft.reason !== "";
  const with_answer = opened.better_answer || draft.better_answer !== "";
  const key = (name: string) => (single_keys ? ` (${name})` : "");
  const too_long =
    draft.reason.length > LONGEST_REASON || draft.better_answer.length > LONGEST_ANSWER;
  const confirm = () => {
    if (!too_long) onConfirm();
  };

  return (
    <form
      className="judging-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        confirm();
      }}
    >
      <Scale
        legend="How well does the answer serve the question?"
        options={settings.labels.map(({ rating, label }) => ({ value: rating, label }))}
        chosen={draft.rating}
        missing={missing === "rating" ? "Choose a rating first." : null}
        onChoose={onChoose}
      />
      {(with_reason || with_answer) && (
        <div className="rating-texts">
          {with_reason && (
            <FormField
              stretch
              label={needs_reason ? "Reason" : "Reason – optional"}
              description={`${needs_reason ? "A rating so low needs a reason. " : ""}Enter confirms, Shift+Enter makes a new line.`}
              errorText={
                missing === "reason"
                  ? "Say in a few words why the rating is so low."
                  : tooLong(draft.reason, LONGEST_REASON)
              }
            >
              <Textarea
                ref={reason}
                value={draft.reason}
                rows={2}
                onChange={({ detail }) => onWrite({ reason: detail.value })}
                onKeyDown={(event) => {
                  const { key, shiftKey, isComposing } = event.detail;
                  if (key !== "Enter" || shiftKey || isComposing) return;
                  event.preventDefault();
                  confirm();
                }}
              />
            </FormField>
          )}
          {with_answer && (
            <FormField
              stretch
              label="Better answer – optional"
              description="What should have been answered. Ctrl+Enter (⌘ Enter) confirms."
              errorText={tooLong(draft.better_answer, LONGEST_ANSWER)}
            >
              <Textarea
                ref={better_answer}
                value={draft.better_answer}
                rows={4}
                onChange={({ detail }) => onWrite({ better_answer: detail.value })}
                onKeyDown={(event) => {
                  const { key, ctrlKey, metaKey } = event.detail;
                  if (key !== "Enter" || !(ctrlKey || metaKey)) return;
                  event.preventDefault();
                  confirm();
                }}
              />
            </FormField>
          )}
        </div>
      )}
      <div className="judging-actions">
        <Button variant="primary" loading={doing === "rate"} loadingText="Saving">
          Confirm (Enter)
        </Button>
        {!with_answer && (
          <Button formAction="none" onClick={() => openField("better_answer")}>
            {`Better answer${key("B")}`}
          </Button>
        )}
        {!with_reason && (
          <Button formAction="none" onClick={() => openField("reason")}>
            {`Reason${key("R")}`}
          </Button>
        )}
        <span className="judging-actions-gap" />
        <Button
          variant="link"
          formAction="none"
          disabled={!can_undo}
          loading={doing === "undo"}
          onClick={onUndo}
        >
          {`Undo${key("U")}`}
        </Button>
        <Button variant="link" formAction="none" onClick={() => onAside("skip")}>
          {`Skip${key("S")}`}
        </Button>
        <Button variant="link" formAction="none" onClick={() => onAside("flag")}>
          {`Flag${key("F")}`}
        </Button>
      </div>
    </form>
  );
}

function tooLong(text: string, longest: number): string | undefined {
  return text.length > longest ? `At most ${longest.toLocaleString()} characters.` : undefined;
}
