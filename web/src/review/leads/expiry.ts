/** The day in the reader's time zone, as `2026-11-25`. */
export function dayOf(at: string): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When this day ends in the reader's time zone; undefined if it is no day, or over. */
export function endOf(day: string, now = new Date()): string | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)?.map(Number) ?? [];
  if (!year || !month || !date) return undefined;
  const begin = new Date(year, month - 1, date);
  if (begin.getMonth() !== month - 1 || begin.getDate() !== date) return undefined;
  const end = new Date(year, month - 1, date, 23, 59, 59);
  return end > now ? end.toISOString() : undefined;
}
