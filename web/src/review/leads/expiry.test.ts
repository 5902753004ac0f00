import { expect, it } from "vitest";
import { dayOf, endOf } from "./expiry";

const NOW = new Date(2026, 10, 25, 14, 0, 0);

it("a last day ends at midnight of the reader's time zone", () => {
  const end = endOf("2026-12-31", NOW);
  expect(end && dayOf(end)).toBe("2026-12-31");
  expect(end && new Date(end).getHours()).toBe(23);
});

it("today may be the last day, yesterday may not", () => {
  expect(endOf("2026-11-25", NOW)).toBeTruthy();
  expect(endOf("2026-11-24", NOW)).toBeUndefined();
});

it("what is no day has no end", () => {
  for (const day of ["", "2026-13-01", "2026-02-30", "2026-1", "soon"]) {
    expect(endOf(day, NOW)).toBeUndefined();
  }
});
