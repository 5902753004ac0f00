import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { useRef, useState } from "react";
import type { DeskServer, Ending } from "../live/desk_server";
import type { Refusal } from "../live/http";
import FormDialog from "../shared/form_dialog";
import KnowledgePreview from "./knowledge_preview";

export type EndingKind = "hand_back" | "resolve" | "follow_up";

const WORDS = {
  hand_back: {
    header: "Hand back to the assistant",
    effect: "The customer is told that you have left, and the assistant answers again.",
    confirm: "Hand back",
    required: false,
  },
  resolve: {
    header: "Resolve",
    effect: "The call for a person and the conversation end. The customer is told.",
    confirm: "Resolve",
    required: true,
  },
  follow_up: {
    header: "Follow-up done",
    effect: "You got back to the customer by other means. Nothing is sent.",
    confirm: "Note as done",
    required: true,
  },
} as const;

const UNSENT =
  "You have written something here that the customer has not got. It is not sent by this.";

/** The server's limit of outcome and note, in characters. */
const LONGEST = 1000;

interface EndingDialogProps {
  kind: EndingKind;
  conversation_id: string;
  server: Pick<DeskServer, "knowledge">;
  /** Something was typed, or has failed, that the customer has not got. */
  unsent: boolean;
  onConfirm: (ending: Ending) => Promise<Refusal | null>;
  onClose: () => void;
}

/** How it ends, asked before it does. */
export default function EndingDialog(props: EndingDialogProps) {
  const { kind, conversation_id, server, unsent, onConfirm, onClose } = props;
  const words = WORDS[kind];
  const [outcome, setOutcome] = useState("");
  const [note, setNote] = useState("");
  const [knowledge, setKnowledge] = useState(false);
  const [asked, setAsked] = useState(false);
  const first = useRef<TextareaProps.Ref>(null);
  const missing = words.required && !outcome.trim();

  return (
    <FormDialog
      header={words.header}
      effect={words.effect}
      warning={unsent ? UNSENT : null}
      first={first}
      confirm={words.confirm}
      check={() => {
        setAsked(true);
        return !missing && outcome.length <= LONGEST && note.length <= LONGEST;
      }}
      onConfirm={() => onConfirm({ outcome: outcome.trim(), note: note.trim(), knowledge })}
      onClose={onClose}
    >
      <FormField
        stretch
        label={words.required ? "Outcome" : "Outcome – optional"}
        description="How it ended, in a few words. Colleagues find it in the history."
        errorText={asked && missing ? "Say how it ended." : tooLong(outcome)}
      >
        <Textarea
          ref={first}
          value={outcome}
          rows={2}
          onChange={({ detail }) => setOutcome(detail.value)}
        />
      </FormField>
      <FormField
        stretch
        label="Internal note – optional"
        description="For colleagues. The customer does not see it."
        errorText={tooLong(note)}
      >
        <Textarea value={note} rows={2} onChange={({ detail }) => setNote(detail.value)} />
      </FormField>
      <Checkbox
        checked={knowledge}
        onChange={({ detail }) => setKnowledge(detail.checked)}
        description="The assistant may answer others with it."
      >
        Add to knowledge
      </Checkbox>
      {knowledge && <KnowledgePreview server={server} conversation_id={conversation_id} />}
    </FormDialog>
  );
}

function tooLong(text: string): string | undefined {
  return text.length > LONGEST ? `At most ${LONGEST} characters.` : undefined;
}
