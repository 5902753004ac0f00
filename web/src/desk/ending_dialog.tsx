import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import type { DeskServer, Ending } from "../live/desk_server";
import type { Refusal } from "../live/desk_session";
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
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const missing = words.required && !outcome.trim();

  const confirm = async () => {
    setAsked(true);
    if (missing || outcome.length > LONGEST || note.length > LONGEST) return;
    setBusy(true);
    const refused = await onConfirm({ outcome: outcome.trim(), note: note.trim(), knowledge });
    setBusy(false);
    setRefusal(refused);
    if (!refused) onClose();
  };

  return (
    <Modal
      visible
      header={words.header}
      closeAriaLabel="Close"
      onDismiss={() => !busy && onClose()}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={busy} onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} onClick={() => void confirm()}>
              {words.confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{words.effect}</Box>
        {unsent && (
          <Alert type="warning">
            You have written something here that the customer has not got. It is not sent by this.
          </Alert>
        )}
        {refusal && (
          <div role="alert">
            <Alert type="error">{refusal.message}</Alert>
          </div>
        )}
        <FormField
          stretch
          label={words.required ? "Outcome" : "Outcome – optional"}
          description="How it ended, in a few words. Colleagues find it in the history."
          errorText={asked && missing ? "Say how it ended." : tooLong(outcome)}
        >
          <Textarea
            value={outcome}
            rows={2}
            autoFocus
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
      </SpaceBetween>
    </Modal>
  );
}

function tooLong(text: string): string | undefined {
  return text.length > LONGEST ? `At most ${LONGEST} characters.` : undefined;
}
