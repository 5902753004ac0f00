import type { Schemas } from "../live/http";
import { countsBy, stepOf } from "./counts_over_time";
import { type Cell, csvOf } from "./csv";
import type { Figures } from "./figures_of_period";
import { calendarDate, lastDay, timeZone } from "./period";

/**
 * All figures as one table, a figure a line: its name, which one of several (a reason, a number of
 * stars, an hour's start in UTC, a day of the reader's calendar), its value and its unit. Figures
 * that do not exist are empty.
 */
export function overviewCsv({ overview, period, at }: Figures): string {
  const { ratings } = overview;
  const step = stepOf(period);
  return csvOf([
    ["figure", "of", "value", "unit"],
    ["from", null, overview.from, "ISO 8601"],
    ["to", null, overview.to, "ISO 8601, not included"],
    ["as of", null, at.toISOString(), "ISO 8601"],
    ["time zone", null, timeZone(), null],
    ["conversations begun", null, overview.conversations, "conversations"],
    ["conversations with a person called", null, overview.with_person, "conversations"],
    ["share with a person called", null, overview.share, "of conversations begun"],
    ["calls for a person", null, overview.escalations, "calls"],
    ["calls claimed", null, overview.claimed, "calls"],
    ["calls expired", null, overview.expired, "calls"],
    ["calls open", null, overview.open, "calls"],
    ...overview.reasons.map(({ trigger, count }): Cell[] => [
      "calls by reason",
      trigger,
      count,
      "calls",
    ]),
    ...spread("time to claim", overview.claim_seconds),
    ...spread("time to resolve", overview.resolve_seconds),
    ...ratings.stars.map((count, index): Cell[] => [
      "conversations rated",
      index ? `${index + 1} stars` : "1 star",
      count,
      "ratings",
    ]),
    ["stars", "average", ratings.average, "stars"],
    ["answers rated", "up", ratings.thumbs_up, "thumbs"],
    ["answers rated", "down", ratings.thumbs_down, "thumbs"],
    ...countsBy(step, overview).flatMap(({ start, conversations, escalations }): Cell[][] => [
      [`conversations begun by ${step}`, start, conversations, "conversations"],
      [`calls for a person by ${step}`, start, escalations, "calls"],
    ]),
  ]);
}

function spread(name: string, figure: Schemas["Spread"] | null): Cell[][] {
  return [
    [name, "count", figure?.count ?? 0, "calls"],
    [name, "median", figure?.median ?? null, "seconds"],
    [name, "95th percentile", figure?.p95 ?? null, "seconds"],
  ];
}

/** `overview-2026-11-17-to-2026-11-23.csv`: the period's first and last day. */
export function overviewFileName({ period }: Figures): string {
  const [first, last] = [calendarDate(period.from), calendarDate(lastDay(period))];
  return first === last ? `overview-${first}.csv` : `overview-${first}-to-${last}.csv`;
}
