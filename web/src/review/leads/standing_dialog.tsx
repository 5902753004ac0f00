import FormField from "@cloudscape-design/components/form-field";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import FormDialog from "../../shared/form_dialog";
import { attempted, LONGEST_NOTE, tooLong } from "../../shared/notes";

interface StandingDialogProps {
  reviewer: Schemas["ReviewerFigures"];
  server: Pick<ReviewServer, "setStanding">;
  onSet: (set: Schemas["StandingSet"]) => void;
  onClose: () => void;
}

/** Whether somebody's ratings count, decided by a lead, with the reason. */
export default function StandingDialog(props: StandingDialogProps) {
  const { reviewer, server, onSet, onClose } = props;
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState(false);
  const first = useRef<TextareaProps.Ref>(null);
  const name = reviewer.name || reviewer.reviewer;
  const aside = reviewer.standing === "counted";
  return (
    <FormDialog
      header={aside ? `Set ${name} aside` : `Count ${name}’s ratings again`}
      effect={
        aside
          ? `No label counts ${name}’s ratings any more, also those of the past: these labels are made anew. ${name} may go on rating. Statistics do not change what you decide.`
          : `Labels count ${name}’s ratings again, also those of the past. Statistics do not change what you decide.`
      }
      first={first}
      confirm={aside ? "Set aside" : "Count again"}
      check={() => {
        setAsked(true);
        return note.trim() !== "" && note.length <= LONGEST_NOTE;
      }}
      onConfirm={() =>
        attempted(async () => {
          const standing = aside ? "set_aside" : "counted";
          onSet(
            await server.setStanding({ reviewer: reviewer.reviewer, standing, note: note.trim() }),
          );
        })
      }
      onClose={onClose}
    >
      <FormField stretch label="Why" errorText={asked && !note.trim() ? "Say why." : tooLong(note)}>
        <Textarea
          ref={first}
          value={note}
          rows={2}
          onChange={({ detail }) => setNote(detail.value)}
        />
      </FormField>
    </FormDialog>
  );
}
