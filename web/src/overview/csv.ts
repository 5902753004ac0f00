export type Cell = string | number | null;

// What makes a spreadsheet take a cell for a formula (OWASP, “CSV Injection”).
const FORMULA = /^[=+\-@\t\r\n]/;

/**
 * A table as RFC 4180 writes it, lines ended by CRLF. A text that a spreadsheet would take for a
 * formula is preceded by an apostrophe; numbers are written as they are, with a decimal point; null
 * is an empty cell.
 */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(written).join(",")}\r\n`).join("");
}

function written(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
