import { describe, expect, it } from "vitest";
import { fakeOverview, NOTHING } from "./fake_overview";
import type { Figures } from "./figures_of_period";
import { overviewCsv, overviewFileName } from "./overview_csv";

const TODAY = { from: new Date(2026, 10, 23), to: new Date(2026, 10, 24) };
const WEEK = { from: new Date(2026, 10, 17), to: new Date(2026, 10, 24) };

function figures(changes = {}): Figures {
  return {
    name: "today",
    period: TODAY,
    overview: fakeOverview(changes),
    at: new Date("2026-11-23T13:05:00Z"),
    asked: true,
  };
}

describe("the exported table", () => {
  it("holds every figure with its unit, exact rather than rounded", () => {
    const lines = overviewCsv(figures()).split("\r\n");
    expect(lines[0]).toBe("figure,of,value,unit");
    expect(lines).toContain("as of,,2026-11-23T13:05:00.000Z,ISO 8601");
    expect(lines).toContain(`share with a person called,,${9 / 42},of conversations begun`);
    expect(lines).toContain("calls by reason,wants_person,7,calls");
    expect(lines).toContain("time to claim,95th percentile,245,seconds");
    expect(lines).toContain("conversations rated,5 stars,3,ratings");
    expect(lines).toContain("calls for a person by hour,2026-11-23T09:00:00Z,3,calls");
  });

  it("adds a week's hours up to days of the calendar", () => {
    const from = WEEK.from.toISOString();
    const hours = [
      { start: new Date(2026, 10, 17, 8).toISOString(), conversations: 2, escalations: 0 },
      { start: new Date(2026, 10, 17, 23).toISOString(), conversations: 3, escalations: 1 },
      { start: new Date(2026, 10, 18, 0).toISOString(), conversations: 5, escalations: 0 },
    ];
    const csv = overviewCsv({ ...figures({ from, hours }), name: "7d", period: WEEK });
    const lines = csv.split("\r\n").filter((line) => line.includes(" by day"));
    expect(lines).toEqual([
      "conversations begun by day,2026-11-17,5,conversations",
      "calls for a person by day,2026-11-17,1,calls",
      "conversations begun by day,2026-11-18,5,conversations",
      "calls for a person by day,2026-11-18,0,calls",
    ]);
    expect(csv).not.toContain("by hour");
  });

  it("leaves empty what does not exist", () => {
    const lines = overviewCsv(figures(NOTHING)).split("\r\n");
    expect(lines).toContain("share with a person called,,,of conversations begun");
    expect(lines).toContain("time to claim,count,0,calls");
    expect(lines).toContain("time to claim,median,,seconds");
    expect(lines).toContain("stars,average,,stars");
  });

  it("lets no reason pass for a formula", () => {
    const reasons = [{ trigger: "=HYPERLINK(1)" as "external", count: 1 }];
    expect(overviewCsv(figures({ reasons }))).toContain("calls by reason,'=HYPERLINK(1),1,calls");
  });
});

describe("the file", () => {
  it("is named after the first and the last day", () => {
    expect(overviewFileName({ ...figures(), period: WEEK })).toBe(
      "overview-2026-11-17-to-2026-11-23.csv",
    );
  });

  it("is named after the day if it is one", () => {
    expect(overviewFileName(figures())).toBe("overview-2026-11-23.csv");
  });
});
