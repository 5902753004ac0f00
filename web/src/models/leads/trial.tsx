import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import type { Schemas } from "../../live/http";
import { shareText } from "../../overview/figure_text";
import { moment } from "../../shared/time";
import Evidence from "./evidence";
import { trialWords } from "./evidence_words";
import { share } from "./figures";

interface TrialProps {
  /** Which version it is of. */
  version: number | null;
  trial: Schemas["TrialView"];
  actions?: ReactNode;
}

/** A trial: what customers made of the candidate and of the live model, and what that proves. */
export default function Trial({ version, trial, actions }: TrialProps) {
  const { type, verdict, words } = trialWords(trial);
  const { figures, minimum_conversations } = trial;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Since ${moment(trial.since)}, with ${share(trial.share)} of the conversations that have begun since.`}
          actions={actions}
        >
          {version === null ? "Trial" : `Trial of version ${version}`}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <div>
          <StatusIndicator type={type}>{verdict}</StatusIndicator>
          <Box>{words}</Box>
        </div>
        <table className="trial-figures">
          <caption>What customers made of it</caption>
          <thead>
            <tr>
              <th scope="col">Answered by</th>
              <th scope="col">Conversations</th>
              <th scope="col">Went badly</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody>
            <Arm
              name="The candidate"
              conversations={figures.candidate_conversations}
              of={minimum_conversations}
              bad={figures.candidate_bad}
            />
            <Arm
              name="The live model"
              conversations={figures.live_conversations}
              bad={figures.live_bad}
            />
          </tbody>
        </table>
        <div className="trial-evidence">
          <Evidence
            label="Evidence that it is worse"
            value={trial.evidence_worse}
            decides_at={trial.worse_at}
            then="it is rolled back"
            opposite="it were no worse"
          />
          <Evidence
            label="Evidence that it is not worse"
            value={trial.evidence_not_worse}
            decides_at={trial.not_worse_at}
            then={`it may go live, with ${minimum_conversations.toLocaleString()} conversations or more`}
            opposite="it were as much worse as the policy rules out"
          />
        </div>
      </SpaceBetween>
    </Container>
  );
}

interface ArmProps {
  name: string;
  conversations: number;
  /** So many are needed. */
  of?: number;
  bad: number;
}

function Arm({ name, conversations, of, bad }: ArmProps) {
  const counted = conversations.toLocaleString();
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {of !== undefined && conversations < of
          ? `${counted} of at least ${of.toLocaleString()}`
          : counted}
      </td>
      <td>{bad.toLocaleString()}</td>
      <td>{shareText(bad, conversations)}</td>
    </tr>
  );
}
