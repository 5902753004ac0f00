import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Schemas } from "../../live/http";
import { readable } from "../../shared/readable";
import { moment } from "../../shared/time";

type Dataset = Schemas["DatasetView"];

/** What became of the labels: datasets, and the models that were trained on them. */
export default function Datasets({ datasets }: { datasets: readonly Dataset[] }) {
  const [newest] = datasets;
  return (
    <Table<Dataset>
      variant="container"
      footer={newest && newest.shortcomings.length > 0 && <Shortcomings dataset={newest} />}
      wrapLines
      trackBy="uri"
      items={datasets}
      header={
        <Header variant="h2" description="What became of the labels">
          Datasets and models
        </Header>
      }
      ariaLabels={{ tableLabel: "Datasets and models" }}
      empty="No dataset was built yet: there are too few labels, or no job has been completed."
      columnDefinitions={[
        {
          id: "version",
          header: "Version",
          isRowHeader: true,
          cell: ({ version }) => version,
        },
        {
          id: "counts",
          header: "Holds",
          minWidth: 220,
          cell: ({ counts }) => holdings(counts).map((words) => <div key={words}>{words}</div>),
        },
        { id: "series", header: "Test series", cell: ({ test_series }) => test_series },
        { id: "built", header: "Built", minWidth: 110, cell: ({ built_at }) => moment(built_at) },
        {
          id: "models",
          header: "Models trained on it",
          minWidth: 160,
          cell: ({ models }) =>
            models.length ? <span className="leads-name">{models.join(", ")}</span> : "none yet",
        },
        {
          id: "uri",
          header: "Where",
          minWidth: 200,
          cell: ({ uri }) => (
            <Box variant="code">
              <span className="leads-name">{uri}</span>
            </Box>
          ),
        },
      ]}
    />
  );
}

/** What the newest one is too small for, and what to do about it. */
function Shortcomings({ dataset }: { dataset: Dataset }) {
  return (
    <section aria-label="Shortcomings">
      <StatusIndicator type="warning">{`What version ${dataset.version} is too small for`}</StatusIndicator>
      <ul className="leads-shortcomings">
        {dataset.shortcomings.map((sentence) => (
          <li key={sentence}>{withCode(sentence)}</li>
        ))}
      </ul>
    </section>
  );
}

/** As in the data card, which is Markdown: names of settings stand between backticks. */
function withCode(sentence: string): ReactNode[] {
  return sentence.split("`").map((part, index) =>
    // Every other part stands between two.
    // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
    index % 2 ? <code key={index}>{part}</code> : part,
  );
}

/** `ratings` with `ratings/train` and so on, in a line each: "Ratings: 398 (train 270, …)". */
export function holdings(counts: Record<string, number>): string[] {
  const all = Object.entries(counts);
  return all
    .filter(([name]) => !name.includes("/"))
    .map(([name, count]) => {
      const splits = all
        .filter(([other]) => other.startsWith(`${name}/`))
        .map(([other, part]) => `${other.slice(name.length + 1)} ${part.toLocaleString()}`);
      const of_these = splits.length ? ` (${splits.join(", ")})` : "";
      return `${readable(name)}: ${count.toLocaleString()}${of_these}`;
    });
}
