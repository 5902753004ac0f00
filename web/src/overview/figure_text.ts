/**
 * Below this many values the 95th percentile lies between the two longest ones (with linear
 * interpolation: 0.95 · (n − 1) ≥ n − 2), and a percentage says more than is known.
 */
export const FEW = 22;

/** What stands where there is no figure. */
export const NONE = "–";

/** What stands where a figure is on its way. */
export const AWAITED = "…";

/** `1,234`, in the reader's own way. */
export function countText(count: number, language?: string): string {
  return count.toLocaleString(language);
}

/** `1 conversation`, `12 conversations`. */
export function countOf(count: number, one: string, many: string, language?: string): string {
  return `${countText(count, language)} ${countWord(count, one, many)}`;
}

/** The word alone. */
export function countWord(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((before, count) => before + count, 0);
}

/**
 * `part` of `whole`: as a percentage, but as `1 of 3` of few, and `–` of none. Neither is something
 * called nothing, nor nearly all called all.
 */
export function shareText(part: number, whole: number, language?: string): string {
  if (whole === 0) return NONE;
  if (whole < FEW) return `${countText(part, language)} of ${countText(whole, language)}`;
  const percent = (share: number) =>
    share.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
  const share = part / whole;
  if (share > 0 && share < 0.005) return `< ${percent(0.01)}`;
  if (share < 1 && share >= 0.995) return `> ${percent(0.99)}`;
  return percent(share);
}

/** `0.8 s`, `42 s`, `4 min 5 s`, `1 h 2 min`; `–` for null. Seconds, not negative. */
export function spanText(seconds: number | null | undefined, language?: string): string {
  if (seconds === null || seconds === undefined) return NONE;
  if (seconds < 9.95) {
    return `${seconds.toLocaleString(language, { maximumFractionDigits: 1 })} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined([Math.floor(whole / 60), "min"], [whole % 60, "s"]);
  const minutes = Math.round(whole / 60);
  return joined([Math.floor(minutes / 60), "h"], [minutes % 60, "min"]);
}

function joined(...parts: [number, string][]): string {
  return parts
    .filter(([number]) => number > 0)
    .map(([number, unit]) => `${number} ${unit}`)
    .join(" ");
}

/** An average of stars, `4.2`; `–` for null. */
export function averageText(average: number | null, language?: string): string {
  if (average === null) return NONE;
  return average.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
