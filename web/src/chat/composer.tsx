import "./composer.css";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { useEffect, useRef, useState } from "react";
import type { Draft } from "./draft";
import { usePage } from "./page_context";

/** From how many characters before the limit on they are counted for the customer. */
const NEAR = 200;
const ROWS = 6;
/** About as many characters as a line of a narrow window has. */
const CHARS_OF_A_ROW = 40;

interface ComposerProps {
  draft: Draft;
  max_message_chars: number;
  onSend: (text: string) => void;
  /** The customer is writing. */
  onTyping: () => void;
  /** Each other value puts the cursor here. */
  focusRequest: number;
}

/** Where the customer writes. It stays usable whatever happens above it. */
export function Composer(props: ComposerProps) {
  const { draft, max_message_chars, onSend, onTyping, focusRequest } = props;
  const { words, locale } = usePage();
  const [text, setText] = useState(draft.read);
  const field = useRef<TextareaProps.Ref>(null);
  // As the server counts: an emoji is one.
  const left = max_message_chars - [...text.trim()].length;
  const count = Math.abs(left).toLocaleString(locale);
  const sendable = text.trim() !== "" && left >= 0;

  useEffect(() => {
    if (focusRequest) field.current?.focus();
  }, [focusRequest]);

  function change(written: string) {
    setText(written);
    draft.write(written);
    if (written) onTyping();
  }

  function send() {
    if (!sendable) return;
    onSend(text.trim());
    setText("");
    draft.write("");
    field.current?.focus();
  }

  return (
    <div className="composer">
      <FormField
        stretch
        errorText={left < 0 ? words.tooLong(count) : undefined}
        constraintText={left >= 0 && left < NEAR ? words.left(count) : undefined}
      >
        <Textarea
          ref={field}
          value={text}
          rows={rowsOf(text)}
          ariaLabel={words.yourMessage}
          placeholder={words.placeholder}
          onChange={({ detail }) => change(detail.value)}
          onKeyDown={(event) => {
            const { key, shiftKey, isComposing } = event.detail;
            // While a Chinese or Japanese word is being put together, Enter only accepts it.
            if (key !== "Enter" || shiftKey || isComposing) return;
            event.preventDefault();
            send();
          }}
          nativeTextareaAttributes={{ dir: "auto", enterKeyHint: "send" }}
        />
      </FormField>
      <Button
        variant="primary"
        iconName="send"
        ariaLabel={words.send}
        disabled={!sendable}
        disabledReason={left < 0 ? words.tooLong(count) : undefined}
        onClick={send}
      />
    </div>
  );
}

function rowsOf(text: string): number {
  let rows = 0;
  for (const line of text.split("\n", ROWS)) {
    rows += Math.max(1, Math.ceil(line.length / CHARS_OF_A_ROW));
  }
  return Math.min(ROWS, rows);
}
