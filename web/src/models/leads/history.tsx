import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import type { Schemas } from "../../live/http";
import { readable } from "../../shared/readable";
import { moment } from "../../shared/time";

type Entry = Schemas["Audit"];

/** Who did what with a version, when. */
export default function History({ history }: { history: readonly Entry[] }) {
  return (
    <Table<Entry>
      variant="container"
      wrapLines
      trackBy="entry_id"
      items={history}
      header={<Header variant="h2">History</Header>}
      ariaLabels={{ tableLabel: "History" }}
      empty="Nothing is written down of it."
      columnDefinitions={[
        { id: "at", header: "When", minWidth: 110, cell: ({ at }) => moment(at) },
        {
          id: "action",
          header: "What",
          isRowHeader: true,
          minWidth: 140,
          cell: ({ action }) => readable(action),
        },
        {
          id: "actor",
          header: "Who",
          minWidth: 120,
          cell: ({ actor }) => (actor === "policy" ? "By itself" : actor),
        },
        {
          id: "detail",
          header: "Details",
          minWidth: 220,
          cell: ({ detail }) =>
            Object.entries(detail).map(([name, value]) => (
              <Box key={name} fontSize="body-s">
                <span className="model-id">{`${readable(name)}: ${value}`}</span>
              </Box>
            )),
        },
      ]}
    />
  );
}
