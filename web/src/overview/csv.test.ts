import fc from "fast-check";
import { expect, it } from "vitest";
import { csvOf } from "./csv";

it("separates cells by commas and ends each line by CRLF", () => {
  expect(
    csvOf([
      ["a", 1],
      [null, 0.25],
    ]),
  ).toBe("a,1\r\n,0.25\r\n");
});

it.each([
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["two\nlines", '"two\nlines"'],
])("quotes %j", (text, cell) => {
  expect(csvOf([[text]])).toBe(`${cell}\r\n`);
});

it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"])(
  "keeps a spreadsheet from taking %j for a formula",
  (text) => {
    expect(csvOf([[text]])).toMatch(/^"?'/);
  },
);

it("leaves a negative number a number", () => {
  expect(csvOf([[-1.5]])).toBe("-1.5\r\n");
});

it("can be read again, whatever is in a cell", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", '"', ",", "\r", "\n", "=", "-", " ") });
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1 }), (row) => {
      const cells = read(csvOf([row]));
      expect(cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n])/, ""))).toEqual(row);
      expect(cells.every((cell) => !/^[=+\-@\t\r\n]/.test(cell))).toBe(true);
    }),
  );
});

/** The cells of one line of CSV. */
function read(line: string): string[] {
  const cells: string[] = [];
  let rest = `,${line.replace(/\r\n$/, "")}`;
  while (rest) {
    const cell = /^,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(rest);
    if (!cell) throw new Error(`not CSV: ${JSON.stringify(rest)}`);
    cells.push(cell[1]?.replaceAll('""', '"') ?? cell[2] ?? "");
    rest = rest.slice(cell[0].length);
  }
  return cells;
}
