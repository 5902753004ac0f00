import FormField from "@cloudscape-design/components/form-field";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import Textarea from "@cloudscape-design/components/textarea";
import { useCallback, useRef, useState } from "react";
import type { DeskServer } from "../live/desk_server";
import type { Refusal } from "../live/http";
import FormDialog from "../shared/form_dialog";
import { useLoaded } from "../shared/loaded";

const EFFECT =
  "The conversation goes back to the queue, and the customer is told that a colleague comes. " +
  "Whoever it is meant for still has to take it over.";
const ANYBODY = { label: "Anybody", value: "", description: "Back to the queue, for all." };

interface ReassignDialogProps {
  /** User name of who has it now: it is not given to them. */
  holder: string | null;
  server: Pick<DeskServer, "people">;
  onConfirm: (to: string | null, note: string) => Promise<Refusal | null>;
  onClose: () => void;
}

/** To whom a conversation goes: somebody who is at the desk now, or anybody. */
export default function ReassignDialog(props: ReassignDialogProps) {
  const { holder, server, onConfirm, onClose } = props;
  const { loaded, again } = useLoaded(useCallback(() => server.people(), [server]));
  const [to, setTo] = useState<SelectProps.Option>(ANYBODY);
  const [note, setNote] = useState("");
  const first = useRef<SelectProps.Ref>(null);
  const there = loaded.state === "ready" ? loaded.value : [];
  const others = there.filter((person) => person.user !== holder);

  return (
    <FormDialog
      header="Reassign"
      effect={EFFECT}
      first={first}
      confirm="Reassign"
      onConfirm={() => onConfirm(to.value || null, note.trim())}
      onClose={onClose}
    >
      <FormField stretch label="For">
        <Select
          ref={first}
          selectedOption={to}
          onChange={({ detail }) => setTo(detail.selectedOption)}
          filteringType={others.length > 7 ? "auto" : "none"}
          statusType={
            loaded.state === "loading"
              ? "loading"
              : loaded.state === "failed"
                ? "error"
                : "finished"
          }
          loadingText="Looking who is there"
          errorText="It could not be read who is there."
          recoveryText="Try again"
          onLoadItems={() => loaded.state === "failed" && again()}
          finishedText={
            loaded.state === "ready" && !others.length
              ? "Nobody else is at the desk now."
              : undefined
          }
          options={[
            ANYBODY,
            ...others.map(({ user, name, lead }) => ({
              value: user,
              label: name,
              labelTag: lead ? "lead" : undefined,
              description: "At the desk now",
            })),
          ]}
        />
      </FormField>
      <FormField
        stretch
        label="Internal note – optional"
        description="For whoever takes over. The customer does not see it."
      >
        <Textarea value={note} rows={2} onChange={({ detail }) => setNote(detail.value)} />
      </FormField>
    </FormDialog>
  );
}
