import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useCallback, useState } from "react";
import { refusalOf, type Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import PageHead from "../../shared/page_head";
import { useReading } from "../../shared/reading";
import { goTo, PATHS } from "../places";
import { agreementWords, coefficient } from "./agreement_words";
import Datasets from "./datasets";
import Definitions from "./definitions";
import Jobs from "./jobs";
import Reviewers from "./reviewers";

type Overview = Schemas["ReviewOverview"];

/** How far ratings agree, who rates, which jobs there are, and what became of the labels. */
export default function ReviewOverview({ server }: { server: ReviewServer }) {
  const reading = useReading(useCallback(() => server.overview(), [server]));
  const { value: overview } = reading;
  const [starting, setStarting] = useState(false);
  const [said, setSaid] = useState<{ type: "success" | "error"; words: string } | null>(null);

  const start = async () => {
    setStarting(true);
    try {
      const { waiting } = await server.startLabeling();
      setSaid({
        type: "success",
        words: `A labelling job starts in a moment with what waits (${waiting.toLocaleString()}).`,
      });
      reading.again();
    } catch (error) {
      setSaid({ type: "error", words: refusalOf(error).message });
    }
    setStarting(false);
  };

  return (
    <SpaceBetween size="l">
      <PageHead
        title="Overview"
        description="The last 90 days."
        reading={reading}
        said={said?.words}
        actions={
          <Button loading={starting} loadingText="Starting" onClick={() => void start()}>
            Start labelling now
          </Button>
        }
      />
      {said && (
        <Alert type={said.type} dismissible onDismiss={() => setSaid(null)}>
          {said.words}
        </Alert>
      )}
      {!overview && !reading.failure && <Spinner size="large" />}
      {overview && (
        <SpaceBetween size="l">
          <Agreement agreement={overview.agreement} />
          <Candidates overview={overview} />
          <Reviewers
            reviewers={overview.reviewers}
            server={server}
            onSet={({ reviewer, standing, relabeled }) => {
              const name = nameOf(overview, reviewer);
              setSaid({
                type: "success",
                words: `${name}’s ratings ${standing === "counted" ? "count again" : "are set aside"}. ${relabeled === 1 ? "One label was" : `${relabeled.toLocaleString()} labels were`} made anew.`,
              });
              reading.again();
            }}
          />
          <Jobs jobs={overview.jobs} />
          <Datasets datasets={overview.datasets} />
          <Definitions />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

function nameOf({ reviewers }: Overview, reviewer: string): string {
  return reviewers.find((one) => one.reviewer === reviewer)?.name || reviewer;
}

function Agreement({ agreement }: { agreement: Schemas["Agreement"] }) {
  const { alpha, low, high, items, ratings } = agreement;
  const { type, verdict, words } = agreementWords(agreement);
  return (
    <Container header={<Header variant="h2">Agreement</Header>}>
      <div className="agreement">
        <div>
          <Box fontSize="display-l" fontWeight="bold">
            {coefficient(alpha)}
          </Box>
          <Box color="text-body-secondary" fontSize="body-s">
            {low !== null && high !== null
              ? `95 % interval ${coefficient(low)} to ${coefficient(high)}`
              : "Krippendorff’s alpha"}
          </Box>
        </div>
        <div>
          <StatusIndicator type={type}>{verdict}</StatusIndicator>
          <Box>{words}</Box>
          <Box color="text-body-secondary" fontSize="body-s" margin={{ top: "xxs" }}>
            Krippendorff’s alpha for ordinal data; 1: all rate alike, 0: chance. Of{" "}
            {items.toLocaleString()} items with two ratings or more, {ratings.toLocaleString()}{" "}
            ratings.
          </Box>
        </div>
      </div>
    </Container>
  );
}

const STATUSES: readonly (readonly [Schemas["CandidateStatus"], string])[] = [
  ["waiting", "Waiting"],
  ["labeling", "In a job"],
  ["labeled", "Labelled"],
  ["flagged", "Flagged"],
  ["given_up", "Given up"],
  ["discarded", "Discarded"],
];
/** The server counts no further. */
const COUNTED = 10_000;

function Candidates({ overview }: { overview: Overview }) {
  const { candidates, disagreements, withdrawals } = overview;
  const to = (search: string, shown: ReactNode, name: string) => (
    <Link
      href={`${PATHS.disagreements}${search}`}
      ariaLabel={name}
      onFollow={(event) => {
        event.preventDefault();
        goTo("disagreements", search);
      }}
    >
      {shown}
    </Link>
  );
  const counted = (count: number) =>
    count >= COUNTED ? `${COUNTED.toLocaleString()} or more` : count.toLocaleString();
  return (
    <Container header={<Header variant="h2">Candidates</Header>}>
      <KeyValuePairs
        columns={4}
        minColumnWidth={130}
        items={[
          ...STATUSES.map(([status, label]) => {
            const count = candidates[status] ?? 0;
            const decided = status === "flagged" || status === "given_up";
            return {
              label,
              value:
                decided && count
                  ? to(`?list=${status}`, counted(count), `${label}: ${counted(count)}`)
                  : counted(count),
            };
          }),
          {
            label: "Disagreements to decide",
            value: disagreements
              ? to("", disagreements.toLocaleString(), `Disagreements to decide: ${disagreements}`)
              : "0",
          },
          {
            label: "Withdrawn conversations",
            value: (
              <Link
                href={PATHS.withdrawals}
                ariaLabel={`Withdrawn conversations: ${withdrawals}`}
                onFollow={(event) => {
                  event.preventDefault();
                  goTo("withdrawals");
                }}
              >
                {withdrawals.toLocaleString()}
              </Link>
            ),
          },
        ]}
      />
    </Container>
  );
}
