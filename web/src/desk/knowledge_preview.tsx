import "./knowledge_preview.css";
import Box from "@cloudscape-design/components/box";
import ItemCard from "@cloudscape-design/components/item-card";
import Spinner from "@cloudscape-design/components/spinner";
import { useCallback } from "react";
import type { DeskServer } from "../live/desk_server";
import { useLoaded } from "../shared/loaded";
import NotLoaded from "../shared/not_loaded";
import { PlainText } from "../shared/plain_text";

interface KnowledgePreviewProps {
  server: Pick<DeskServer, "knowledge">;
  conversation_id: string;
}

/** What the assistant would learn: the exchange, without personal data. */
export default function KnowledgePreview({ server, conversation_id }: KnowledgePreviewProps) {
  const load = useCallback(() => server.knowledge(conversation_id), [server, conversation_id]);
  const { loaded, again } = useLoaded(load);
  if (loaded.state === "failed") return <NotLoaded problem={loaded.problem} again={again} />;
  if (loaded.state === "loading") return <Spinner />;
  const { question, answer } = loaded.value;
  return (
    <ItemCard variant="embedded">
      <div className="knowledge-preview">
        <Box variant="awsui-key-label">Question</Box>
        {question ? <PlainText text={question} /> : <Empty />}
        <Box variant="awsui-key-label">Answer</Box>
        {answer ? <PlainText text={answer} /> : <Empty />}
        <Box variant="small">
          Personal data is taken out. Read it: what is left is what others may be answered with.
        </Box>
      </div>
    </ItemCard>
  );
}

function Empty() {
  return <Box color="text-status-inactive">Nothing was written.</Box>;
}
