import "./composer.css";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { type Ref, useImperativeHandle, useRef } from "react";
import type { Schemas } from "../live/http";
import { filledIn, inserted } from "./canned_reply";
import { sendKeys, sends } from "./shortcuts";
import type { Typed } from "./typed_texts";

export interface ComposerHandle {
  focus(): void;
  focusReplies(): void;
}

interface ComposerProps {
  /** Whom it goes to. */
  customer: string;
  typed: Typed;
  settings: Schemas["DeskSettings"];
  apple: boolean;
  onChange: (typed: Typed) => void;
  onTyping: () => void;
  onSend: () => void;
  ref?: Ref<ComposerHandle>;
}

const LEAST_ROWS = 2;
const MOST_ROWS = 8;

/** Where an expert writes. Ctrl+Enter sends; Enter alone never does. */
export default function Composer(props: ComposerProps) {
  const { customer, typed, settings, apple, onChange, onTyping, onSend, ref } = props;
  const field = useRef<TextareaProps.Ref>(null);
  const replies = useRef<SelectProps.Ref>(null);
  const selection = useRef({ start: typed.text.length, end: typed.text.length });
  const place = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    focusReplies: () => replies.current?.focus(),
  }));

  const { max_message_chars, canned_replies, me } = settings;
  const length = [...typed.text].length;
  const tooLong = length > max_message_chars;
  const ready = typed.text.trim() !== "" && !tooLong;
  const rows = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, typed.text.split("\n").length));

  const insert = (text: string) => {
    const after = inserted(typed.text, filledIn(text, me.name), selection.current);
    onChange({ ...typed, text: after.text });
    selection.current = { start: after.cursor, end: after.cursor };
    // After the menu has given the focus back to its button, and the new text stands in the field.
    requestAnimationFrame(() => {
      field.current?.focus();
      place.current?.querySelector("textarea")?.setSelectionRange(after.cursor, after.cursor);
    });
  };

  return (
    <div className="composer" ref={place}>
      <FormField
        stretch
        label={`Message to ${customer}`}
        constraintText={
          typed.draft
            ? `From the withheld answer, sent with its sources. ${sendKeys(apple)} sends.`
            : `${sendKeys(apple)} sends, Enter makes a new line.`
        }
        errorText={
          tooLong ? `At most ${max_message_chars} characters; there are ${length}.` : undefined
        }
      >
        <Textarea
          ref={field}
          value={typed.text}
          rows={rows}
          onChange={({ detail }) => {
            onChange({ ...typed, text: detail.value });
            onTyping();
          }}
          onKeyDown={(event) => {
            if (!sends(event.detail) || event.detail.isComposing) return;
            event.preventDefault();
            if (ready) onSend();
          }}
          nativeTextareaAttributes={{
            onSelect: ({ currentTarget }) => {
              const { selectionStart, selectionEnd } = currentTarget;
              selection.current = { start: selectionStart, end: selectionEnd };
            },
          }}
        />
      </FormField>
      <div className="composer-actions">
        {canned_replies.length > 0 && (
          <div className="composer-replies">
            <Select
              ref={replies}
              ariaLabel="Insert a canned reply"
              placeholder="Canned replies"
              filteringType="auto"
              filteringAriaLabel="Search the canned replies"
              filteringPlaceholder="Search"
              empty="No canned reply"
              noMatch="No reply has these words"
              expandToViewport
              selectedOption={null}
              options={canned_replies.map(({ title, text }, index) => ({
                value: String(index),
                label: title,
                description: filledIn(text, me.name),
              }))}
              onChange={({ detail }) => {
                const reply = canned_replies[Number(detail.selectedOption.value)];
                if (reply) insert(reply.text);
              }}
            />
          </div>
        )}
        {typed.draft && <StatusIndicator type="info">edited withheld answer</StatusIndicator>}
        <div className="composer-send">
          <Button variant="primary" iconName="send" disabled={!ready} onClick={onSend}>
            Send
          </Button>
        </div>
      </div>
    </div>
  );
}
