/** The periods that one can choose, in the order of the chooser. */
export const PERIOD_NAMES = ["today", "yesterday", "7d", "30d"] as const;

export type PeriodName = (typeof PERIOD_NAMES)[number];

export const PERIOD_TITLES: Record<PeriodName, string> = {
  today: "Today",
  yesterday: "Yesterday",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};

/** Whole days of the reader's calendar: from `from` to before `to`, both local midnights. */
export interface Period {
  from: Date;
  to: Date;
}

/** First day and day after the last one, counted from today. */
const DAYS: Record<PeriodName, readonly [first: number, end: number]> = {
  today: [0, 1],
  yesterday: [-1, 0],
  "7d": [-6, 1],
  "30d": [-29, 1],
};

/** What a name means at `now`; today is the last of the 7 and of the 30 days. */
export function periodOf(name: PeriodName, now: Date): Period {
  const [first, end] = DAYS[name];
  return { from: midnight(now, first), to: midnight(now, end) };
}

// By the calendar, not by adding 24 hours: a day on which the clocks are changed has 23 or 25.
// Where a day begins without a midnight, this is its first moment.
function midnight(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
}

/** Its last day: `to` belongs to the period no more. */
export function lastDay(period: Period): Date {
  return new Date(period.to.getTime() - 1);
}

/** `23 November 2026` or `17–23 November 2026`, in the reader's own way. */
export function daysText(period: Period, language?: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "long" });
  return format.formatRange(period.from, lastDay(period));
}

/** `2026-11-23`, in the reader's time zone. */
export function calendarDate(moment: Date): string {
  const month = String(moment.getMonth() + 1).padStart(2, "0");
  const day = String(moment.getDate()).padStart(2, "0");
  return `${moment.getFullYear()}-${month}-${day}`;
}

/** The reader's time zone, such as `Europe/Berlin`. */
export function timeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
