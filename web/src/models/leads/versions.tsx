import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Schemas } from "../../live/http";
import { day, moment } from "../../shared/time";
import { comparisonInShort } from "./comparison_words";
import { NONE, share } from "./figures";
import { Heldout } from "./standing";
import { isWaiting, kindWords, methodWords, STATUSES } from "./status_words";
import VersionLink from "./version_link";

type Version = Schemas["VersionView"];

interface VersionsProps {
  versions: readonly Version[];
  /** What is to be done where there is none. */
  empty: ReactNode;
}

/** What was trained here, and what became of it. */
export default function Versions({ versions, empty }: VersionsProps) {
  return (
    <Table<Version>
      variant="container"
      wrapLines
      trackBy="version"
      items={versions}
      header={<Header variant="h2">Versions</Header>}
      ariaLabels={{ tableLabel: "Versions" }}
      empty={empty}
      columnDefinitions={[
        {
          id: "version",
          header: "Version",
          isRowHeader: true,
          minWidth: 95,
          cell: ({ version }) => (
            <VersionLink version={version}>{`Version ${version}`}</VersionLink>
          ),
        },
        {
          id: "status",
          header: "Status",
          minWidth: 175,
          cell: (version) => (
            <>
              <StatusIndicator type={STATUSES[version.status][0]}>
                {STATUSES[version.status][1]}
              </StatusIndicator>
              {isWaiting(version) && <Small>Waits for a lead’s approval</Small>}
              {version.share > 0 && <Small>{`${share(version.share)} of the conversations`}</Small>}
              {version.reason && <Small>{version.reason}</Small>}
            </>
          ),
        },
        {
          id: "method",
          header: "Method",
          minWidth: 180,
          cell: (version) => (
            <>
              {methodWords(version.method)}
              <Small>{kindWords(version)}</Small>
              <Small>{`Dataset version ${version.dataset_version}`}</Small>
            </>
          ),
        },
        {
          id: "heldout",
          header: "Held-out score",
          minWidth: 130,
          cell: (version) => <Heldout version={version} />,
        },
        {
          id: "verdict",
          header: "Verdict",
          minWidth: 140,
          cell: ({ verdict }) => (verdict ? <VerdictInShort verdict={verdict} /> : "not yet"),
        },
        {
          id: "comparison",
          header: "Compared by people",
          minWidth: 150,
          cell: comparisonInShort,
        },
        {
          id: "approved",
          header: "Approved",
          minWidth: 110,
          cell: ({ approved_by, approved_at }) =>
            approved_by ? (
              <>
                {approved_by}
                {approved_at && <Small>{moment(approved_at)}</Small>}
              </>
            ) : (
              NONE
            ),
        },
        {
          id: "dates",
          header: "When",
          minWidth: 150,
          cell: (version) => datesOf(version).map((words) => <div key={words}>{words}</div>),
        },
      ]}
    />
  );
}

function Small({ children }: { children: string }) {
  return (
    <Box color="text-body-secondary" fontSize="body-s">
      {children}
    </Box>
  );
}

function VerdictInShort({ verdict }: { verdict: Schemas["Verdict"] }) {
  const passed = verdict.checks.filter((check) => check.passed).length;
  return (
    <>
      <StatusIndicator type={verdict.passed ? "success" : "stopped"}>
        {verdict.passed ? "Passed" : "Refused"}
      </StatusIndicator>
      <Small>{`${passed} of ${verdict.checks.length} checks passed`}</Small>
    </>
  );
}

function datesOf({ registered_at, live_since, ended_at }: Version): string[] {
  const dates = [`Trained ${day(registered_at)}`];
  if (live_since) dates.push(`Live since ${day(live_since)}`);
  if (ended_at) dates.push(`Ended ${day(ended_at)}`);
  return dates;
}
