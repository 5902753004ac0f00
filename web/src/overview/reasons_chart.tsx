import { colorChartsPaletteCategorical2 } from "@cloudscape-design/design-tokens";
import type { Schemas } from "../live/http";
import CountedBars from "./counted_bars";
import { countOf } from "./figure_text";
import { reasonText } from "./reason_text";

/** Why a person was called, most frequent first; null while the figures are awaited. */
export default function ReasonsChart({ overview }: { overview: Schemas["Overview"] | null }) {
  return (
    <CountedBars
      title="Why a person was called"
      what="Calls for a person"
      color={colorChartsPaletteCategorical2}
      bars={overview?.reasons.map(({ trigger, count }) => ({
        key: trigger,
        label: reasonText(trigger),
        count,
      }))}
      summary={`${countOf(overview?.escalations ?? 0, "call", "calls")}.`}
      empty="No person was called in this period."
    />
  );
}
