import FormField from "@cloudscape-design/components/form-field";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { useRef, useState } from "react";
import type { ModelsServer, Version } from "../../live/models_server";
import FormDialog from "../../shared/form_dialog";
import { attempted, LONGEST_NOTE, tooLong } from "../../shared/notes";
import type { AskedDeed } from "./deed_buttons";
import { deedWords, doneWords, type Said } from "./deed_words";
import Meanwhile from "./meanwhile";

interface DeedDialogProps extends AskedDeed {
  server: Pick<ModelsServer, "decide" | "version">;
  /** As it is after the deed, and that in words. */
  onDone: (version: Version, said: Said) => void;
  /** It was changed by somebody else, or by time. */
  onChanged: (version: Version) => void;
  onClose: () => void;
}

/** What becomes of a version, asked before it does. */
export default function DeedDialog(props: DeedDialogProps) {
  const { deed, version, server, onDone, onChanged, onClose } = props;
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const [now, setNow] = useState(version);
  const first = useRef<TextareaProps.Ref>(null);
  const possible = now === version || now.deeds.includes(deed);
  const { name, header, effect, warning, needs_reason } = deedWords(deed, now);
  const missing = needs_reason && !reason.trim();
  return (
    <FormDialog
      header={header}
      effect={possible ? effect : "There is nothing left to do here."}
      warning={possible ? warning : null}
      first={first}
      confirm={possible ? (now === version ? name : `${name} as it is now`) : null}
      check={() => {
        setAsked(true);
        if (missing) first.current?.focus();
        return !missing && reason.length <= LONGEST_NOTE;
      }}
      onConfirm={() =>
        attempted(
          async () => {
            const after = await server.decide(now, deed, reason.trim());
            onDone(after, doneWords(deed, now, after));
          },
          async () => {
            const found = await server.version(version.version);
            if (!found) return;
            setNow(found.version);
            onChanged(found.version);
          },
        )
      }
      onClose={onClose}
    >
      {now !== version && <Meanwhile before={version} after={now} />}
      {possible && (
        <FormField
          stretch
          label={needs_reason ? "Reason" : "Reason – optional"}
          description="For the history; other leads see it."
          errorText={asked && missing ? "Say why." : tooLong(reason)}
        >
          <Textarea
            ref={first}
            value={reason}
            rows={2}
            onChange={({ detail }) => setReason(detail.value)}
          />
        </FormField>
      )}
    </FormDialog>
  );
}
