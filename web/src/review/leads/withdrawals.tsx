import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useCallback, useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import { tooLong } from "../../shared/notes";
import PageHead from "../../shared/page_head";
import { useAgainEvery } from "../../shared/reading";
import { moment } from "../../shared/time";
import { heldBy, heldInShort, isCited, lookAgainMs, seenBy } from "./held_by";
import { useListing } from "./listing";
import ShowMore from "./show_more";
import WithdrawDialog from "./withdraw_dialog";

type Withdrawal = Schemas["WithdrawalView"];

/** As the server takes ids. */
const CONVERSATION_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Customers' right to erasure: which conversations are out, and what had seen them before. */
export default function Withdrawals({ server }: { server: ReviewServer }) {
  const listing = useListing(
    useCallback(
      async (after?: string) => {
        const { withdrawals, next } = await server.withdrawals(after);
        return { items: withdrawals, next };
      },
      [server],
    ),
    idOf,
  );
  const listed = listing.value?.items ?? [];
  useAgainEvery(lookAgainMs(listed), listing.again);
  const [conversation_id, setConversation] = useState("");
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const [withdrawn, setWithdrawn] = useState<Withdrawal | null>(null);
  // What is left of it becomes less with time.
  const done = withdrawn && (listed.find((one) => idOf(one) === idOf(withdrawn)) ?? withdrawn);
  const field = useRef<InputProps.Ref>(null);

  const id = conversation_id.trim();
  const wrong = !id
    ? "Enter the conversation’s id."
    : CONVERSATION_ID.test(id)
      ? undefined
      : "This is no conversation’s id.";

  return (
    <SpaceBetween size="l">
      <PageHead
        title="Withdrawals"
        description="A customer wants their conversation erased: no later dataset holds it."
        reading={listing}
        said={done ? [`Conversation ${idOf(done)} is withdrawn.`, ...told(done)].join(" ") : ""}
      />
      {done && (
        <Alert
          type={isCited(done) ? "warning" : heldBy(done).length ? "info" : "success"}
          header={
            isCited(done)
              ? `Conversation ${idOf(done)} is withdrawn, but answers may still cite it`
              : `Conversation ${idOf(done)} is withdrawn`
          }
          dismissible
          onDismiss={() => setWithdrawn(null)}
        >
          {told(done).map((words) => (
            <div key={words}>{words}</div>
          ))}
        </Alert>
      )}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(true);
          if (wrong) field.current?.focus();
          else if (!tooLong(reason)) setConfirming(true);
        }}
      >
        <Container header={<Header variant="h2">Withdraw a conversation</Header>}>
          <Form actions={<Button variant="primary">Withdraw …</Button>}>
            <SpaceBetween size="m">
              <FormField
                label="Conversation’s id"
                description="It stands in the desk’s address, in transcripts and beside each candidate and article."
                errorText={asked ? wrong : undefined}
              >
                <Input
                  ref={field}
                  value={conversation_id}
                  spellcheck={false}
                  autoComplete={false}
                  onChange={({ detail }) => setConversation(detail.value)}
                />
              </FormField>
              <FormField
                label="Reason – optional"
                description="For the record. Name no customer here."
                errorText={tooLong(reason)}
              >
                <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
              </FormField>
            </SpaceBetween>
          </Form>
        </Container>
      </form>
      <Table<Withdrawal>
        variant="container"
        wrapLines
        trackBy="conversation_id"
        items={listed}
        loading={!listing.value && !listing.failure}
        loadingText="Reading"
        header={
          <Header
            variant="h2"
            description="What still holds them. Datasets do not change once they are built, so those and the models that learned from them are named."
          >
            Withdrawn conversations
          </Header>
        }
        ariaLabels={{ tableLabel: "Withdrawn conversations" }}
        empty="No conversation was withdrawn."
        columnDefinitions={[
          {
            id: "conversation",
            header: "Conversation",
            isRowHeader: true,
            minWidth: 180,
            cell: (one) => <span className="leads-name">{one.conversation_id}</span>,
          },
          {
            id: "held",
            header: "Not gone yet",
            minWidth: 220,
            cell: (one) => {
              const held = heldBy(one);
              if (!held.length) return "–";
              return (
                <>
                  <StatusIndicator type={isCited(one) ? "warning" : "pending"}>
                    {heldInShort(one)}
                  </StatusIndicator>
                  {held.map((words) => (
                    <Box key={words} color="text-body-secondary" fontSize="body-s">
                      {words}
                    </Box>
                  ))}
                </>
              );
            },
          },
          {
            id: "datasets",
            header: "Datasets that hold it",
            minWidth: 120,
            cell: ({ datasets }) =>
              datasets.length ? datasets.map((one) => `version ${one}`).join(", ") : "none",
          },
          {
            id: "models",
            header: "Models that have seen it",
            minWidth: 140,
            cell: ({ models }) => (
              <Box variant="span">
                <span className="leads-name">{models.length ? models.join(", ") : "none"}</span>
              </Box>
            ),
          },
          { id: "at", header: "Withdrawn", minWidth: 110, cell: ({ at }) => moment(at) },
          { id: "by", header: "By", cell: ({ by }) => by },
          { id: "reason", header: "Reason", minWidth: 140, cell: ({ reason: why }) => why || "–" },
        ]}
      />
      <ShowMore listing={listing} />
      {confirming && (
        <WithdrawDialog
          conversation_id={id}
          reason={reason.trim()}
          server={server}
          onWithdrawn={(withdrawal) => {
            setWithdrawn(withdrawal);
            setConversation("");
            setReason("");
            setAsked(false);
            listing.put(({ items, next }) => ({
              items: [withdrawal, ...items.filter((one) => idOf(one) !== idOf(withdrawal))],
              next,
            }));
          }}
          onClose={() => setConfirming(false)}
        />
      )}
    </SpaceBetween>
  );
}

function idOf({ conversation_id }: Withdrawal): string {
  return conversation_id;
}

function told(withdrawal: Withdrawal): string[] {
  return [...heldBy(withdrawal), seenBy(withdrawal)];
}
