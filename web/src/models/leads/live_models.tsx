import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { ReactNode } from "react";
import type { Schemas } from "../../live/http";
import { share } from "./figures";
import VersionLink from "./version_link";

interface LiveModelsProps {
  overview: Pick<Schemas["ModelsOverview"], "live" | "candidate">;
  actions?: ReactNode;
}

/** Which model answers, and with which share of the conversations. */
export default function LiveModels({ overview, actions }: LiveModelsProps) {
  const { live, candidate } = overview;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Which model answers the conversations that begin now."
          actions={actions}
        >
          Live now
        </Header>
      }
    >
      <ul className="live-models" aria-label="Models that answer">
        <LiveModel name="Live" model={live} />
        {candidate && <LiveModel name="In trial" model={candidate} />}
      </ul>
    </Container>
  );
}

function LiveModel({ name, model }: { name: string; model: Schemas["LiveModel"] }) {
  const { model_id, version, reward_model } = model;
  return (
    <li className="live-model">
      <Box fontSize="display-l" fontWeight="bold">
        {share(model.share)}
      </Box>
      <div>
        <div className="live-model-name">
          <strong>{name}:</strong>{" "}
          {version === null ? (
            "a model that was not trained here"
          ) : (
            <VersionLink version={version}>{`Version ${version}`}</VersionLink>
          )}
        </div>
        <Box variant="code">
          <span className="model-id">{model_id}</span>
        </Box>
        <Box color="text-body-secondary" fontSize="body-s">
          {reward_model
            ? "A reward model predicts how people would rate its answers, for what the policy asks of it."
            : "No reward model predicts how people would rate its answers."}
        </Box>
      </div>
    </li>
  );
}
