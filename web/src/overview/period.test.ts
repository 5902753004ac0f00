import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { live } from "./fake_time_zone";
import { calendarDate, daysText, PERIOD_NAMES, periodOf } from "./period";

const HOUR = 3_600_000;

describe("a period in Berlin", () => {
  beforeEach(() => live("Europe/Berlin"));
  const afternoon = () => new Date("2026-11-23T14:05:00+01:00");

  it.each([
    ["today", "2026-11-22T23:00:00.000Z", "2026-11-23T23:00:00.000Z"],
    ["yesterday", "2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z"],
    ["7d", "2026-11-16T23:00:00.000Z", "2026-11-23T23:00:00.000Z"],
    // Begins before the clocks were set back, at another offset.
    ["30d", "2026-10-24T22:00:00.000Z", "2026-11-23T23:00:00.000Z"],
  ] as const)("%s is from %s to %s", (name, from, to) => {
    const period = periodOf(name, afternoon());
    expect([period.from.toISOString(), period.to.toISOString()]).toEqual([from, to]);
  });

  it("has 25 hours when the clocks are set back, and 23 when they are set forward", () => {
    const hours = (now: string) => {
      const { from, to } = periodOf("today", new Date(now));
      return (to.getTime() - from.getTime()) / HOUR;
    };
    expect(hours("2026-10-25T12:00:00+01:00")).toBe(25);
    expect(hours("2026-03-29T12:00:00+02:00")).toBe(23);
  });

  it("knows yesterday over the change of the clocks, also in the hour that comes twice", () => {
    const yesterday = periodOf("yesterday", new Date("2026-10-25T02:30:00+01:00"));
    expect(yesterday.from.toISOString()).toBe("2026-10-23T22:00:00.000Z");
    expect(yesterday.to.toISOString()).toBe("2026-10-24T22:00:00.000Z");
  });

  it("names its first and last day, not the day on which it has ended", () => {
    expect(daysText(periodOf("today", afternoon()), "en-GB")).toBe("23 November 2026");
    expect(daysText(periodOf("7d", afternoon()), "en-GB")).toMatch(/^17.+23 November 2026$/);
    expect(calendarDate(periodOf("7d", afternoon()).from)).toBe("2026-11-17");
  });
});

it("begins with the first moment of a day that has no midnight", () => {
  live("America/Santiago");
  const { from, to } = periodOf("today", new Date("2026-09-06T12:00:00-03:00"));
  expect(from.toISOString()).toBe("2026-09-06T04:00:00.000Z");
  expect((to.getTime() - from.getTime()) / HOUR).toBe(23);
});

it.each([
  "Europe/Berlin",
  "America/Los_Angeles",
  "Australia/Adelaide",
  "Australia/Lord_Howe",
  "UTC",
])(
  "in %s: days follow each other, hold the moment, and are never more than the server counts",
  (zone) => {
    live(zone);
    const moments = fc.date({
      min: new Date("2020-01-01"),
      max: new Date("2035-01-01"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (now) => {
        const today = periodOf("today", now);
        expect(today.from <= now && now < today.to).toBe(true);
        expect(periodOf("yesterday", now).to).toEqual(today.from);
        for (const name of PERIOD_NAMES) {
          const { from, to } = periodOf(name, now);
          expect(from.getHours() + from.getMinutes()).toBe(0);
          expect(to.getTime() - from.getTime()).toBeLessThanOrEqual(31 * 24 * HOUR);
        }
      }),
    );
  },
);
