import type { Schemas } from "../live/http";
import { clock } from "../shared/time";
import { calendarDate, type Period } from "./period";

export type Step = "hour" | "day";

const DAYS_BY_HOUR = 3;

/** What began in one step of time. */
export interface StepCounts {
  /** Its first moment: of an hour in ISO 8601, of a day its date in the reader's time zone. */
  start: string;
  conversations: number;
  escalations: number;
}

/** By what a period is drawn. */
export function stepOf({ from, to }: Period): Step {
  const days = (to.getTime() - from.getTime()) / 86_400_000;
  return days > DAYS_BY_HOUR ? "day" : "hour";
}

/**
 * An answer's hours (of UTC, all that touch its period), or its days of the reader's calendar.
 *
 * An hour counts for the day on which it begins there, also where it goes on into the next one
 * (time zones that are not whole hours from UTC). What is counted of the first hour begins with
 * the period.
 */
export function countsBy(
  step: Step,
  { from, hours }: Pick<Schemas["Overview"], "from" | "hours">,
): StepCounts[] {
  if (step === "hour") return hours;
  const days = new Map<string, StepCounts>();
  for (const { start, conversations, escalations } of hours) {
    const date = calendarDate(new Date(countedFrom(start, from)));
    const day = days.get(date);
    days.set(date, {
      start: date,
      conversations: (day?.conversations ?? 0) + conversations,
      escalations: (day?.escalations ?? 0) + escalations,
    });
  }
  return [...days.values()];
}

/** A step's beginning in words: the reader's time of an hour, the date of a day. */
export function startText(step: Step, start: string, from: string, language?: string): string {
  if (step === "day") {
    // A date alone is read as midnight in UTC, wherever the reader is.
    const words = { day: "numeric", month: "short", timeZone: "UTC" } as const;
    return new Date(start).toLocaleDateString(language, words);
  }
  return clock(countedFrom(start, from), language);
}

// Where local midnight lies within an hour of UTC, that hour is counted from midnight on.
function countedFrom(hour: string, from: string): string {
  return Date.parse(hour) < Date.parse(from) ? from : hour;
}
