import { countText } from "./figure_text";

/** Half a conversation is none: between whole numbers an axis is left unlabelled. */
export function countTick(value: number): string {
  return Number.isInteger(value) ? countText(value) : "";
}

/** Room for a few, so that one or two do not look like many; else the chart decides (undefined). */
export function countDomain(counts: readonly number[]): [number, number] | undefined {
  return Math.max(0, ...counts) < 5 ? [0, 5] : undefined;
}

/** What assistive technologies call the parts of a bar chart. */
export const BAR_CHART_WORDS = {
  legendAriaLabel: "Legend",
  chartAriaRoleDescription: "bar chart",
  xAxisAriaRoleDescription: "x axis",
  yAxisAriaRoleDescription: "y axis",
  detailPopoverDismissAriaLabel: "Close",
};
