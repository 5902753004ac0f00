import type { Source } from "../contracts/frames";

/** How the text of an answer refers to one of its documents: "[1] [3]"; null where it does not. */
export function sourceMarks({ numbers }: Source): string | null {
  return numbers.length ? numbers.map((number) => `[${number}]`).join(" ") : null;
}
