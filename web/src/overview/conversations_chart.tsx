import BarChart from "@cloudscape-design/components/bar-chart";
import {
  colorChartsPaletteCategorical1,
  colorChartsPaletteCategorical2,
} from "@cloudscape-design/design-tokens";
import type { Schemas } from "../live/http";
import ChartContainer from "./chart_container";
import { BAR_CHART_WORDS, countDomain, countTick } from "./count_axis";
import { countsBy, type Step, type StepCounts, startText, stepOf } from "./counts_over_time";
import { countOf } from "./figure_text";
import type { Period } from "./period";

const HEIGHT = 220;
const AXIS_AND_LEGEND_HEIGHT = 64;

/** When conversations began and persons were called; null while the figures are awaited. */
export default function ConversationsChart({
  overview,
  period,
}: {
  overview: Schemas["Overview"] | null;
  period: Period;
}) {
  const step = stepOf(period);
  const title = `Conversations by ${step}`;
  const empty = !overview?.conversations && !overview?.escalations;
  return (
    <ChartContainer
      title={title}
      height={HEIGHT + AXIS_AND_LEGEND_HEIGHT}
      loading={!overview}
      empty={empty ? "No conversation was begun in this period." : null}
    >
      {overview && <Bars title={title} overview={overview} step={step} />}
    </ChartContainer>
  );
}

function Bars({
  title,
  overview,
  step,
}: {
  title: string;
  overview: Schemas["Overview"];
  step: Step;
}) {
  const steps = countsBy(step, overview);
  const labels = new Map(steps.map(({ start }) => [start, startText(step, start, overview.from)]));
  const label = (start: string) => labels.get(start) ?? start;
  return (
    <BarChart<string>
      height={HEIGHT}
      ariaLabel={title}
      ariaDescription={description(overview, step, steps, label)}
      i18nStrings={BAR_CHART_WORDS}
      hideFilter
      emphasizeBaselineAxis
      xScaleType="categorical"
      xTickFormatter={label}
      yTickFormatter={countTick}
      yDomain={countDomain(
        steps.flatMap(({ conversations, escalations }) => [conversations, escalations]),
      )}
      series={[
        {
          type: "bar",
          title: "Conversations begun",
          color: colorChartsPaletteCategorical1,
          data: steps.map(({ start, conversations }) => ({ x: start, y: conversations })),
        },
        {
          type: "bar",
          title: "Calls for a person",
          color: colorChartsPaletteCategorical2,
          data: steps.map(({ start, escalations }) => ({ x: start, y: escalations })),
        },
      ]}
    />
  );
}

function description(
  { conversations, escalations }: Schemas["Overview"],
  step: Step,
  steps: readonly StepCounts[],
  label: (start: string) => string,
): string {
  const first = steps[0];
  if (!first) return "";
  const most = steps.reduce((a, b) => (b.conversations > a.conversations ? b : a), first);
  const busiest = most.conversations
    ? ` Most conversations: ${most.conversations} ${step === "day" ? "on" : "at"} ${label(most.start)}.`
    : "";
  return (
    `${countOf(conversations, "conversation", "conversations")} begun and ` +
    `${countOf(escalations, "call", "calls")} for a person in ` +
    `${countOf(steps.length, step, `${step}s`)}.${busiest}`
  );
}
