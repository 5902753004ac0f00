import Checkbox, { type CheckboxProps } from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import { useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import FormDialog from "../../shared/form_dialog";
import { attempted } from "../../shared/notes";

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
      effect={`Conversation ${conversation_id}: from now on nothing new comes of it in the review.`}
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
      <dl className="withdraw-effects">
        <dt>Goes at once</dt>
        <dd>
          Its questions and answers, what reviewers said of them and experts’ corrections; the texts
          of its articles here. Who has an item of it on the screen sees it until their page asks
          the server again.
        </dd>
        <dt>Goes by itself</dt>
        <dd>
          Its articles from the knowledge base, in some minutes, or at the next synchronization of
          an S3 data source: until then answers may cite them. Its texts from the files of labelling
          jobs, in some minutes; of a job that still goes on, when it has ended, and a job of Ground
          Truth shows it until then. The next dataset, a day later at most, and the tests that are
          kept for datasets are without it.
        </dd>
        <dt>Stays</dt>
        <dd>
          Datasets that are built and models trained on them: they are named, so that you can delete
          them and train anew. The conversation itself, and imports that could not be read, until
          their retention is over; earlier versions of files as long as the buckets keep them. A
          question with its answer that came up word by word in another conversation, as that one’s.
        </dd>
      </dl>
      <FormField errorText={asked && !sure ? "Confirm it here first." : undefined}>
        <Checkbox ref={first} checked={sure} onChange={({ detail }) => setSure(detail.checked)}>
          I have checked that this is the conversation
        </Checkbox>
      </FormField>
    </FormDialog>
  );
}
