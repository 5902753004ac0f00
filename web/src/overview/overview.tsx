import "./overview.css";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import LiveRegion from "@cloudscape-design/components/live-region";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Api, Schemas } from "../live/http";
import { clock } from "../shared/time";
import ConversationsChart from "./conversations_chart";
import Definitions from "./definitions";
import { download } from "./download";
import FailureAlert from "./failure_alert";
import { AWAITED } from "./figure_text";
import { isForbidden, useFiguresOfPeriod } from "./figures_of_period";
import KeyFigures from "./key_figures";
import { overviewCsv, overviewFileName } from "./overview_csv";
import {
  daysText,
  PERIOD_NAMES,
  PERIOD_TITLES,
  type Period,
  type PeriodName,
  periodOf,
  timeZone,
} from "./period";
import { usePeriodInAddress } from "./period_in_address";
import ReasonsChart from "./reasons_chart";
import StarsChart from "./stars_chart";

const PERIOD_OPTIONS = PERIOD_NAMES.map((id) => ({ id, text: PERIOD_TITLES[id] }));

/** What happened in a period, in figures, for a lead. Refreshes itself while it is looked at. */
export default function Overview({ api }: { api: Api }) {
  const [name, choose] = usePeriodInAddress();
  const { figures, loading, failure, refresh } = useFiguresOfPeriod(api, name);
  const asOf = figures && clock(figures.at.toISOString());

  if (failure && isForbidden(failure)) return <OnlyForLeads />;

  const period = figures?.period ?? periodOf(name, new Date());
  return (
    <SpaceBetween size="l">
      <div>
        <Header
          variant="h1"
          description={`${PERIOD_TITLES[name]}: ${daysText(period)} (${timeZone()})`}
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <Box color="text-body-secondary">
                as of {figures ? <time dateTime={figures.at.toISOString()}>{asOf}</time> : AWAITED}
              </Box>
              <Button iconName="refresh" ariaLabel="Refresh" loading={loading} onClick={refresh} />
              <Button
                iconName="download"
                disabled={!figures}
                onClick={() =>
                  figures && download(overviewFileName(figures), overviewCsv(figures), "text/csv")
                }
              >
                Export as CSV
              </Button>
            </SpaceBetween>
          }
        >
          Overview
        </Header>
        <LiveRegion hidden>
          {failure
            ? "The figures could not be read."
            : figures?.asked && `${PERIOD_TITLES[name]}: figures as of ${asOf}.`}
        </LiveRegion>
      </div>
      <SegmentedControl
        label="Period"
        selectedId={name}
        options={PERIOD_OPTIONS}
        onChange={({ detail }) => choose(detail.selectedId as PeriodName)}
      />
      {failure && <FailureAlert failure={failure} asOf={asOf} onRetry={refresh} />}
      {(figures || !failure) && <Charts overview={figures?.overview ?? null} period={period} />}
      <Definitions />
    </SpaceBetween>
  );
}

function Charts({ overview, period }: { overview: Schemas["Overview"] | null; period: Period }) {
  return (
    <SpaceBetween size="l">
      <KeyFigures overview={overview} />
      <ConversationsChart overview={overview} period={period} />
      <ColumnLayout columns={2} minColumnWidth={280}>
        <ReasonsChart overview={overview} />
        <StarsChart overview={overview} />
      </ColumnLayout>
    </SpaceBetween>
  );
}

function OnlyForLeads() {
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Overview</Header>
      <Alert
        type="info"
        header="The overview is for leads"
        action={<Link href="/desk">Go to the desk</Link>}
      >
        You are signed in as an expert. Whoever manages the team's users can add you to the group
        “leads”; sign in again afterwards.
      </Alert>
    </SpaceBetween>
  );
}
