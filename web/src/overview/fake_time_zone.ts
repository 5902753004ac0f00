import { afterEach, expect } from "vitest";

const ownZone = process.env.TZ;

/** Until the test ends, the reader's clock is that of `zone`, such as `Europe/Berlin`. */
export function live(zone: string): void {
  process.env.TZ = zone;
  const now = new Date();
  expect(now.toLocaleString("en")).toBe(now.toLocaleString("en", { timeZone: zone }));
}

afterEach(() => {
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});
