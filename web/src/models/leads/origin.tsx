import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Schemas } from "../../live/http";
import { NONE } from "./figures";
import { kindWords, methodWords } from "./status_words";

/** Where a version comes from: data, base, method and why, and who decided. */
export default function Origin({ detail }: { detail: Schemas["VersionDetail"] }) {
  const { version, summary, report } = detail;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            report && (
              <Link href={report} external externalIconAriaLabel="in a new window">
                Report of the training
              </Link>
            )
          }
        >
          Where it comes from
        </Header>
      }
    >
      <SpaceBetween size="l">
        {summary.warnings.length > 0 && (
          <Alert type="warning" header="The training warns">
            {summary.warnings.map((warning) => (
              <div key={warning}>{warning}</div>
            ))}
          </Alert>
        )}
        <KeyValuePairs columns={3} minColumnWidth={200} items={factsOf(detail)} />
        <section>
          <Box variant="h3">{`Why “${methodWords(version.method)}”`}</Box>
          <ul className="why">
            {summary.why.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </section>
      </SpaceBetween>
    </Container>
  );
}

function factsOf(detail: Schemas["VersionDetail"]): { label: string; value: ReactNode }[] {
  const { version, summary, package_arn, model_id, compared_with } = detail;
  const { ratings, base, base_license, architecture, method_asked } = summary;
  const count = (number: number) => number.toLocaleString();
  return [
    { label: "What it is", value: kindWords(version) },
    {
      label: "Method",
      value: `${methodWords(version.method)}${method_asked === version.method ? "" : ` (asked for: ${methodWords(method_asked).toLowerCase()})`}`,
    },
    { label: "Base", value: base ? `${base}, ${architecture ?? "unknown"}` : NONE },
    { label: "Licence of the base", value: base_license ?? NONE },
    {
      label: "Dataset",
      value: `version ${summary.dataset_version}: ratings for training ${count(ratings.train)}, validation ${count(ratings.validation)}, test ${count(ratings.test)}; preferences ${count(summary.preferences)}; demonstrations ${count(summary.demonstrations)}`,
    },
    { label: "Training ended because of", value: summary.stopped_because ?? NONE },
    { label: "Measured against", value: id(compared_with) },
    { label: "Its answers are recorded under", value: id(model_id) },
    { label: "Package", value: id(package_arn) },
  ];
}

function id(text: string | null): ReactNode {
  if (text === null) return NONE;
  return (
    <Box variant="code">
      <span className="model-id">{text}</span>
    </Box>
  );
}
