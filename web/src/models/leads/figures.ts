/** What stands where there is no figure. */
export const NONE = "–";

const PLACES = { minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;

/** `3.41`; `–` for null. */
export function score(value: number | null, language?: string): string {
  return value === null ? NONE : value.toLocaleString(language, PLACES);
}

/** `+0.45`, `−0.20`, `0.00`. */
export function difference(value: number, language?: string): string {
  const text = Math.abs(value).toLocaleString(language, PLACES);
  if (Math.round(Math.abs(value) * 100) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** Of the conversations: `10 %`, and no less than is true of a share that is small. */
export function share(value: number, language?: string): string {
  return value.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });
}

/** Any figure of a training or a check: as many digits as say something. */
export function figure(value: number, language?: string): string {
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 0.1 ? 4 : 2;
  const text = Math.abs(value).toLocaleString(language, { maximumFractionDigits: digits });
  return value < 0 && Number(value.toFixed(digits)) !== 0 ? `−${text}` : text;
}

/** Evidence against a hypothesis (an e-value): `0.8`, `12`, `over 1,000`. */
export function evidence(value: number, language?: string): string {
  if (value > 1000) return `over ${(1000).toLocaleString(language)}`;
  const digits = value < 10 ? 1 : 0;
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}
