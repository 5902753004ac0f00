import BarChart from "@cloudscape-design/components/bar-chart";
import ChartContainer from "./chart_container";
import { BAR_CHART_WORDS, countDomain, countTick } from "./count_axis";
import { countText, sum } from "./figure_text";

const HEIGHT = 260;
const AXIS_HEIGHT = 28;

export interface CountedBar {
  key: string;
  label: string;
  count: number;
}

/** One horizontal bar for each of several counts, from the top, with the count beside the label. */
export default function CountedBars({
  title,
  bars,
  what,
  summary,
  empty,
  color,
}: {
  title: string;
  /** Undefined while they are awaited. */
  bars: readonly CountedBar[] | undefined;
  /** What is counted, in the plural. */
  what: string;
  /** The whole in a sentence, for those who do not see the chart. */
  summary: string;
  empty: string;
  color: string;
}) {
  const counts = bars?.map(({ count }) => count) ?? [];
  const labels = new Map(
    bars?.map(({ key, label, count }) => [key, `${label}: ${countText(count)}`]),
  );
  return (
    <ChartContainer
      title={title}
      height={HEIGHT + AXIS_HEIGHT}
      loading={!bars}
      empty={sum(counts) ? null : empty}
    >
      <BarChart<string>
        height={HEIGHT}
        ariaLabel={title}
        ariaDescription={`${summary} ${[...labels.values()].join(", ")}.`}
        i18nStrings={BAR_CHART_WORDS}
        hideFilter
        hideLegend
        horizontalBars
        emphasizeBaselineAxis
        xScaleType="categorical"
        xTickFormatter={(key) => labels.get(key) ?? key}
        yTickFormatter={countTick}
        yDomain={countDomain(counts)}
        series={[
          {
            type: "bar",
            title: what,
            color,
            data: bars?.map(({ key, count }) => ({ x: key, y: count })) ?? [],
          },
        ]}
      />
    </ChartContainer>
  );
}
