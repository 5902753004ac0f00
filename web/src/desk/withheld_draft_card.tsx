import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ItemCard from "@cloudscape-design/components/item-card";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Draft } from "../live/desk_conversation";
import MarkdownText from "../shared/markdown";
import SourceList from "./source_list";

interface WithheldDraftCardProps {
  draft: Draft;
  /** Only who holds the conversation may send it. */
  mine: boolean;
  onSend: () => void;
  onEdit: () => void;
  onDiscard: () => void;
}

/** The assistant's answer that the customer has not got, and why. */
export default function WithheldDraftCard(props: WithheldDraftCardProps) {
  const { draft, mine, onSend, onEdit, onDiscard } = props;
  return (
    <section aria-label="Withheld answer">
      <ItemCard
        variant="embedded"
        header="Withheld answer"
        description={`Not sent: ${draft.withheld_because}.`}
        footer={
          mine ? (
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={onSend}>Send as it is</Button>
              <Button onClick={onEdit}>Edit</Button>
              <Button variant="link" onClick={onDiscard}>
                Discard
              </Button>
            </SpaceBetween>
          ) : undefined
        }
      >
        <SpaceBetween size="xs">
          <MarkdownText text={draft.text} />
          <SourceList sources={draft.sources} />
          {draft.model_id && (
            <Box fontSize="body-s" color="text-body-secondary">
              {draft.model_id}
            </Box>
          )}
        </SpaceBetween>
      </ItemCard>
    </section>
  );
}
