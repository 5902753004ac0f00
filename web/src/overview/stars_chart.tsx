import { colorChartsPaletteCategorical3 } from "@cloudscape-design/design-tokens";
import type { Schemas } from "../live/http";
import CountedBars from "./counted_bars";
import { averageText, countOf, countWord, sum } from "./figure_text";

/** How customers rated conversations, best first; null while the figures are awaited. */
export default function StarsChart({ overview }: { overview: Schemas["Overview"] | null }) {
  const stars = overview?.ratings.stars ?? [];
  const average = averageText(overview?.ratings.average ?? null);
  return (
    <CountedBars
      title="Stars given"
      what="Conversations rated"
      color={colorChartsPaletteCategorical3}
      bars={overview?.ratings.stars.map(bar).reverse()}
      summary={`${countOf(sum(stars), "rating", "ratings")}, on average ${average} stars.`}
      empty="No conversation was rated in this period."
    />
  );
}

function bar(count: number, index: number) {
  const stars = index + 1;
  return { key: String(stars), label: `${stars} ${countWord(stars, "star", "stars")}`, count };
}
