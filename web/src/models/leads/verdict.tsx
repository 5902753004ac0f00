import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { Schemas } from "../../live/http";
import { readable } from "../../shared/readable";
import { moment } from "../../shared/time";
import { figure, NONE } from "./figures";

type Check = Schemas["Check"];

const NAMES: Record<string, string> = {
  questions: "Enough questions in the test",
  withdrawn: "Nothing withdrawn in its data",
  kl: "Near its base",
  drafts: "Drafts that it picks among",
  answers: "Enough answers to compare with",
  length: "Length of its answers",
  repetition: "Repetition",
  for_several: "Same answer to several questions",
  refusals: "No more refusals",
  judged: "Better, by the judge",
  lost: "Few answers much worse",
  comparison: "Better, by people",
};

interface VerdictProps {
  version: Pick<Schemas["VersionView"], "verdict" | "checks">;
}

/** What a candidate had to prove, check by check: all have to pass. */
export default function Verdict({ version }: VerdictProps) {
  const { verdict } = version;
  const checks = verdict?.checks ?? version.checks;
  return (
    <Table<Check>
      variant="container"
      wrapLines
      trackBy="name"
      items={checks}
      header={
        <Header variant="h2" description={verdict ? decided(verdict) : "Not decided yet."}>
          Verdict
        </Header>
      }
      ariaLabels={{ tableLabel: "Verdict" }}
      empty="Nothing is measured yet."
      columnDefinitions={[
        {
          id: "check",
          header: "Check",
          isRowHeader: true,
          minWidth: 150,
          cell: ({ name, passed }) => (
            <>
              <div>{NAMES[name] ?? readable(name)}</div>
              <StatusIndicator type={passed ? "success" : "error"}>
                {passed ? "Passed" : "Not passed"}
              </StatusIndicator>
            </>
          ),
        },
        { id: "said", header: "Finding", minWidth: 200, cell: ({ said }) => said },
        {
          id: "observed",
          header: "Observed",
          cell: ({ observed }) => (observed === null ? NONE : figure(observed)),
        },
        {
          id: "bound",
          header: "Bound",
          cell: ({ bound }) => (bound === null ? NONE : figure(bound)),
        },
      ]}
    />
  );
}

function decided({ passed, checks, decided_at }: Schemas["Verdict"]): string {
  const failed = checks.filter((check) => !check.passed).length;
  const words = passed
    ? `All ${checks.length} checks passed.`
    : `${failed} of ${checks.length} checks did not pass: it does not go live.`;
  return `${words} Decided ${moment(decided_at)}.`;
}
