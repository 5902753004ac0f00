import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countsBy, startText, stepOf } from "./counts_over_time";
import { live } from "./fake_time_zone";
import { sum } from "./figure_text";
import { calendarDate, PERIOD_NAMES, type Period, periodOf } from "./period";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What the server answers of a period, if conversations begin at these moments. */
function counted({ from, to }: Period, begun: readonly Date[]) {
  const first = Math.floor(from.getTime() / HOUR) * HOUR;
  const hours = Array.from({ length: Math.ceil((to.getTime() - first) / HOUR) }, (_, index) => {
    const start = first + index * HOUR;
    const within = begun.filter((at) => start <= +at && +at < start + HOUR);
    return { start: new Date(start).toISOString(), conversations: within.length, escalations: 0 };
  });
  return { from: from.toISOString(), hours };
}

/** Of these moments, how many conversations are drawn on which day. */
function days(period: Period, ...moments: string[]): Record<string, number> {
  const begun = moments.map((moment) => new Date(moment));
  const drawn = countsBy("day", counted(period, begun));
  const some = drawn.filter(({ conversations }) => conversations);
  return Object.fromEntries(some.map(({ start, conversations }) => [start, conversations]));
}

it("draws up to three days by the hour, and more by the day", () => {
  const from = new Date(2026, 10, 20);
  expect(stepOf({ from, to: new Date(2026, 10, 21) })).toBe("hour");
  expect(stepOf({ from, to: new Date(+from + 72 * HOUR) })).toBe("hour");
  expect(stepOf({ from, to: new Date(+from + 72 * HOUR + 1) })).toBe("day");
});

it("leaves hours as they were answered", () => {
  const answered = counted(periodOf("today", new Date()), []);
  expect(countsBy("hour", answered)).toBe(answered.hours);
});

describe("a day", () => {
  it("is the reader's, not that of UTC", () => {
    live("America/Los_Angeles");
    const week = periodOf("7d", new Date("2026-11-23T12:00:00-08:00"));
    const evening = "2026-11-20T23:59:00-08:00";
    const midnight = "2026-11-21T00:00:00-08:00";
    expect(days(week, evening, midnight, midnight)).toEqual({ "2026-11-20": 1, "2026-11-21": 2 });
  });

  it("has 25 hours when the clocks are set back", () => {
    live("Europe/Berlin");
    const week = periodOf("7d", new Date("2026-10-28T12:00:00+01:00"));
    const [first, last] = ["2026-10-25T00:00:00+02:00", "2026-10-25T23:59:00+01:00"];
    const [before, after] = ["2026-10-24T23:59:00+02:00", "2026-10-26T00:00:00+01:00"];
    expect(days(week, before, first, last, after)).toEqual({
      "2026-10-24": 1,
      "2026-10-25": 2,
      "2026-10-26": 1,
    });
  });

  it("keeps the hour that goes on over midnight, half an hour from UTC", () => {
    live("Asia/Kolkata");
    const week = periodOf("7d", new Date("2026-11-23T12:00:00+05:30"));
    const [half, after] = ["2026-11-20T00:29:00+05:30", "2026-11-20T00:30:00+05:30"];
    expect(days(week, half, after)).toEqual({ "2026-11-19": 1, "2026-11-20": 1 });
  });

  it("of a period's beginning has what is counted from midnight on, half an hour from UTC", () => {
    live("Asia/Kolkata");
    const week = periodOf("7d", new Date("2026-11-23T12:00:00+05:30"));
    expect(days(week, "2026-11-17T00:00:00+05:30", "2026-11-23T23:59:00+05:30")).toEqual({
      "2026-11-17": 1,
      "2026-11-23": 1,
    });
  });
});

it.each([
  "Europe/Berlin",
  "America/Los_Angeles",
  "America/Santiago",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "UTC",
])("in %s: every day of a period is drawn once and in order, and nothing is lost", (zone) => {
  live(zone);
  const moments = fc.date({
    min: new Date("2024-01-01"),
    max: new Date("2030-01-01"),
    noInvalidDate: true,
  });
  const shares = fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { maxLength: 9 });
  fc.assert(
    fc.property(moments, fc.constantFrom(...PERIOD_NAMES), shares, (now, name, shares) => {
      const period = periodOf(name, now);
      const length = +period.to - +period.from;
      const begun = shares.map((share) => new Date(+period.from + Math.floor(share * length)));

      const drawn = countsBy("day", counted(period, begun));

      const calendar: string[] = [];
      for (let day = new Date(period.from); day < period.to; ) {
        calendar.push(calendarDate(day));
        day = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
      }
      expect(drawn.map(({ start }) => start)).toEqual(calendar);
      expect(sum(drawn.map(({ conversations }) => conversations))).toBe(begun.length);
    }),
  );
});

describe("a step's beginning in words", () => {
  it("is of an hour the reader's clock", () => {
    const local = new Date(2026, 10, 23, 14).toISOString();
    const from = new Date(2026, 10, 23).toISOString();
    expect(startText("hour", local, from, "en-GB")).toBe("14:00");
  });

  it("is of the first hour that of the period, where midnight lies within an hour of UTC", () => {
    const from = new Date(2026, 10, 23).toISOString();
    const before = new Date(2026, 10, 22, 23, 30).toISOString();
    expect(startText("hour", before, from, "en-GB")).toBe("00:00");
  });

  it.each(["America/Los_Angeles", "Pacific/Kiritimati"])("is of a day its date, in %s", (zone) => {
    live(zone);
    const from = new Date(2026, 10, 16).toISOString();
    expect(startText("day", "2026-11-16", from, "en-GB")).toBe("16 Nov");
  });
});
