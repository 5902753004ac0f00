import Checkbox, { type CheckboxProps } from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import { useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import FormDialog from "../../shared/form_dialog";
import { attempted } from "./notes";

interface WithdrawDialogProps {
  conversation_id: string;
  reason: string;
  server: Pick<ReviewServer, "withdraw">;
  onWithdrawn: (withdrawal: Schemas["WithdrawalView"]) => void;
  onClose: () => void;
}

/** What a withdrawal does, said before it does it: nothing brings back what it removes. */
export default function WithdrawDialog(props: WithdrawDialogProps) {
  const { conversation_id, reason, server, onWithdrawn, onClose } = props;
  const [sure, setSure] = useState(false);
  const [asked, setAsked] = useState(false);
  const first = useRef<CheckboxProps.Ref>(null);
  return (
    <FormDialog
      header="Withdraw the conversation"
      effect={`Conversation ${conversation_id}: its questions and answers, what reviewers said of them and what experts corrected are removed from the review. Articles that come from it leave the knowledge base. No later dataset holds it. Datasets that are built already do not change; they and the models trained on them are named, so that you can train anew. The transcript in the bucket is not removed by this.`}
      warning="This cannot be undone."
      first={first}
      confirm="Withdraw"
      check={() => {
        setAsked(true);
        return sure;
      }}
      onConfirm={() =>
        attempted(async () => onWithdrawn(await server.withdraw({ conversation_id, reason })))
      }
      onClose={onClose}
    >
      <FormField errorText={asked && !sure ? "Confirm it here first." : undefined}>
        <Checkbox ref={first} checked={sure} onChange={({ detail }) => setSure(detail.checked)}>
          I have checked that this is the conversation
        </Checkbox>
      </FormField>
    </FormDialog>
  );
}
