import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Schemas } from "../../live/http";
import { spanText } from "../../overview/figure_text";
import { moment } from "../../shared/time";
import { methodWords, RUN_STATUSES } from "./status_words";
import VersionLink from "./version_link";

type Run = Schemas["RunView"];

/** The latest trainings, what they cost, and why they failed. */
export default function Runs({ runs }: { runs: readonly Run[] }) {
  return (
    <Table<Run>
      variant="container"
      wrapLines
      trackBy="name"
      items={runs}
      header={
        <Header variant="h2" description="The latest twenty.">
          Trainings
        </Header>
      }
      ariaLabels={{ tableLabel: "Trainings" }}
      empty="Nothing was trained yet."
      columnDefinitions={[
        {
          id: "name",
          header: "Training",
          isRowHeader: true,
          minWidth: 180,
          cell: ({ name, asked_by }) => (
            <>
              <span className="model-id">{name}</span>
              <Box color="text-body-secondary" fontSize="body-s">
                {asked_by === "policy" ? "By the policy" : `Asked for by ${asked_by}`}
              </Box>
            </>
          ),
        },
        {
          id: "status",
          header: "Status",
          minWidth: 200,
          cell: ({ status, reason, version }) => (
            <>
              <StatusIndicator type={RUN_STATUSES[status][0]}>
                {RUN_STATUSES[status][1]}
              </StatusIndicator>
              {version !== null && (
                <div>
                  <VersionLink version={version}>{`Version ${version}`}</VersionLink>
                </div>
              )}
              {reason && (
                <Box color="text-body-secondary" fontSize="body-s">
                  {reason}
                </Box>
              )}
            </>
          ),
        },
        {
          id: "dataset",
          header: "Dataset",
          minWidth: 130,
          cell: ({ dataset_version, ratings }) => (
            <>
              version {dataset_version}
              <Box color="text-body-secondary" fontSize="body-s">
                {ratings.toLocaleString()} ratings
              </Box>
            </>
          ),
        },
        {
          id: "method",
          header: "Method asked for",
          minWidth: 150,
          cell: ({ method }) => methodWords(method),
        },
        {
          id: "begun",
          header: "Begun",
          minWidth: 110,
          cell: ({ started_at }) => moment(started_at),
        },
        {
          id: "ended",
          header: "Ended",
          minWidth: 110,
          cell: ({ ended_at }) => (ended_at ? moment(ended_at) : "–"),
        },
        { id: "paid", header: "Paid for", cell: ({ seconds }) => spanText(seconds) },
      ]}
    />
  );
}
