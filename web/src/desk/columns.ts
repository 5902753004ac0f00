/** Which conversations stand side by side, from left to right, and which of them is worked in. */
export interface Columns {
  ids: readonly string[];
  active: string | null;
}

export const NO_COLUMNS: Columns = { ids: [], active: null };

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const KEY = "conversation";

export function withColumn(columns: Columns, id: string): Columns {
  if (columns.ids.includes(id)) return { ...columns, active: id };
  return { ids: [...columns.ids, id], active: id };
}

/** Without `id`; what stood to its right, or else to its left, is worked in next. */
export function withoutColumn(columns: Columns, id: string): Columns {
  const at = columns.ids.indexOf(id);
  if (at < 0) return columns;
  const ids = columns.ids.filter((other) => other !== id);
  const active = columns.active === id ? (ids[at] ?? ids[at - 1] ?? null) : columns.active;
  return { ids, active };
}

/** The columns that an address names: those that were open, or the one that an e-mail links to. */
export function columnsOf(search: string): Columns {
  const named = new URLSearchParams(search).getAll(KEY).filter((id) => IDENTIFIER.test(id));
  return named.reduce(withColumn, NO_COLUMNS);
}

/** The escalation that an e-mail's link is about. */
export function linkedEscalation(search: string): string | null {
  const id = new URLSearchParams(search).get("escalation");
  return id && IDENTIFIER.test(id) ? id : null;
}

/** The part of the address that names the columns. */
export function searchOf({ ids }: Columns): string {
  const search = new URLSearchParams(ids.map((id) => [KEY, id])).toString();
  return search ? `?${search}` : "";
}
