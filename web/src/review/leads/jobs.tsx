import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Schemas } from "../../live/http";
import { moment } from "../../shared/time";

type Job = Schemas["JobView"];

const STATUSES: Record<Job["status"], readonly [StatusIndicatorProps.Type, string]> = {
  starting: ["pending", "Starting"],
  open: ["in-progress", "Open"],
  finishing: ["in-progress", "Finishing"],
  completed: ["success", "Completed"],
  failed: ["error", "Failed"],
};
const BACKENDS: Record<Job["backend"], string> = {
  queue: "Review queue",
  ground_truth: "SageMaker Ground Truth",
};

/** The newest labelling jobs, and why they failed. */
export default function Jobs({ jobs }: { jobs: readonly Job[] }) {
  return (
    <Table<Job>
      variant="container"
      wrapLines
      trackBy="name"
      items={jobs}
      header={<Header variant="h2">Labelling jobs</Header>}
      ariaLabels={{ tableLabel: "Labelling jobs" }}
      empty="There was no job yet."
      columnDefinitions={[
        {
          id: "name",
          header: "Job",
          isRowHeader: true,
          minWidth: 180,
          cell: ({ name, backend }) => (
            <>
              <span className="leads-name">{name}</span>
              <Box color="text-body-secondary" fontSize="body-s">
                {BACKENDS[backend]}
              </Box>
            </>
          ),
        },
        {
          id: "status",
          header: "Status",
          minWidth: 200,
          cell: ({ status, reason }) => (
            <>
              <StatusIndicator type={STATUSES[status][0]}>{STATUSES[status][1]}</StatusIndicator>
              {reason && (
                <Box color="text-body-secondary" fontSize="body-s">
                  {reason}
                </Box>
              )}
            </>
          ),
        },
        { id: "candidates", header: "Items", cell: ({ candidates }) => count(candidates) },
        { id: "open", header: "To rate", cell: ({ open }) => (open === null ? "–" : count(open)) },
        { id: "labeled", header: "Labelled", cell: ({ labeled }) => count(labeled) },
        { id: "returned", header: "Came back", cell: ({ returned }) => count(returned) },
        {
          id: "begun",
          header: "Begun",
          minWidth: 110,
          cell: ({ created_at }) => moment(created_at),
        },
        {
          id: "ended",
          header: "Ended",
          minWidth: 130,
          cell: ({ ended_at, deadline }) =>
            ended_at ? moment(ended_at) : `by ${moment(deadline)}`,
        },
      ]}
    />
  );
}

function count(number: number): string {
  return number.toLocaleString();
}
