import { describe, expect, it } from "vitest";
import { agreementWords, coefficient } from "./agreement_words";

const verdict = (alpha: number | null, low: number | null = null) =>
  agreementWords({ alpha, low, high: null, items: 0, ratings: 0 });

describe("agreement", () => {
  it("is judged by Krippendorff's limits", () => {
    expect(verdict(0.8).verdict).toBe("Reliable");
    expect(verdict(0.79).verdict).toBe("Tentative");
    expect(verdict(0.667).verdict).toBe("Tentative");
    expect(verdict(0.66).verdict).toBe("Too low");
    expect(verdict(0.05).verdict).toBe("No better than chance");
    expect(verdict(-0.3).verdict).toBe("No better than chance");
    expect(verdict(null).verdict).toBe("Not known yet");
  });

  it("that is good by luck alone is called so", () => {
    expect(verdict(0.85, 0.81).words).not.toContain("interval");
    expect(verdict(0.85, 0.7).words).toContain("The interval reaches lower");
  });
});

it("a coefficient has a sign of its own width, and none where it is nothing", () => {
  expect(coefficient(-0.254)).toBe("−0.25");
  expect(coefficient(0.5, true)).toBe("+0.50");
  expect(coefficient(0.5)).toBe("0.50");
  expect(coefficient(-0.001, true)).toBe("0.00");
  expect(coefficient(null)).toBe("–");
});
