import { describe, expect, it } from "vitest";
import { difference, evidence, figure, score, share } from "./figures";

describe("a figure", () => {
  it("of the scale of ratings has two places, and a difference its sign", () => {
    expect(score(3.4, "en")).toBe("3.40");
    expect(score(null)).toBe("–");
    expect(difference(0.449, "en")).toBe("+0.45");
    expect(difference(-0.2, "en")).toBe("−0.20");
    expect(difference(-0.001, "en")).toBe("0.00");
  });

  it("has as many digits as say something", () => {
    expect(figure(1200, "en")).toBe("1,200");
    expect(figure(0.0042, "en")).toBe("0.0042");
    expect(figure(-0.0042, "en")).toBe("−0.0042");
    expect(figure(-0.00001, "en")).toBe("0");
    expect(figure(2.456, "en")).toBe("2.46");
  });

  it("of a share is a percentage", () => {
    expect(share(1, "en")).toBe("100%");
    expect(share(0.125, "en")).toBe("12.5%");
  });

  it("of evidence does not grow without end", () => {
    expect(evidence(0.73, "en")).toBe("0.7");
    expect(evidence(12.4, "en")).toBe("12");
    expect(evidence(1e300, "en")).toBe("over 1,000");
  });
});
