import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useCallback } from "react";
import type { EscalationView } from "../contracts/frames";
import type { DeskServer } from "../live/desk_server";
import { useLoaded } from "../shared/loaded";
import NotLoaded from "../shared/not_loaded";
import { moment } from "../shared/time";
import { actionWords, actorWords, detailLines } from "./audit_words";
import { statusWords, triggerWords } from "./escalation_words";

interface HistoryDialogProps {
  conversation_id: string;
  escalations: readonly EscalationView[];
  server: Pick<DeskServer, "audit">;
  onClose: () => void;
}

/** Earlier calls for a person and how they ended, and who did what. */
export default function HistoryDialog(props: HistoryDialogProps) {
  const { conversation_id, escalations, server, onClose } = props;
  const load = useCallback(() => server.audit(conversation_id), [server, conversation_id]);
  const { loaded, again } = useLoaded(load);
  return (
    <Modal visible size="large" header="History" closeAriaLabel="Close" onDismiss={onClose}>
      <SpaceBetween size="l">
        <Table
          variant="borderless"
          wrapLines
          header={<Header variant="h3">Calls for a person</Header>}
          items={escalations}
          trackBy="escalation_id"
          empty={<Box textAlign="center">Nobody was ever called.</Box>}
          columnDefinitions={[
            { id: "at", header: "Requested", cell: (one) => moment(one.requested_at) },
            { id: "why", header: "Why", cell: (one) => triggerWords(one.trigger) },
            { id: "who", header: "Who", cell: (one) => one.claimed_name ?? "–" },
            { id: "status", header: "State", cell: (one) => statusWords(one.status) },
            { id: "outcome", header: "Outcome", cell: (one) => one.outcome || "–" },
          ]}
        />
        {loaded.state === "failed" ? (
          <NotLoaded problem={loaded.problem} again={again} />
        ) : (
          <Table
            variant="borderless"
            wrapLines
            header={<Header variant="h3">Audit trail</Header>}
            loading={loaded.state === "loading"}
            loadingText="Reading the audit trail"
            items={loaded.state === "ready" ? loaded.value.entries : []}
            trackBy="entry_id"
            empty={<Box textAlign="center">Nothing has happened yet.</Box>}
            columnDefinitions={[
              { id: "at", header: "Time", cell: (entry) => moment(entry.at) },
              { id: "who", header: "Who", cell: (entry) => actorWords(entry.actor) },
              { id: "what", header: "What", cell: (entry) => actionWords(entry.action) },
              {
                id: "detail",
                header: "Detail",
                cell: ({ detail }) =>
                  detailLines(detail).map((line) => <div key={line}>{line}</div>),
              },
            ]}
          />
        )}
      </SpaceBetween>
    </Modal>
  );
}
