import { type Refusal, refusalOf } from "../../live/http";

/** The server's limit of notes and reasons, in characters. */
export const LONGEST_NOTE = 1000;

export function tooLong(text: string, longest = LONGEST_NOTE): string | undefined {
  return text.length > longest ? `At most ${longest.toLocaleString()} characters.` : undefined;
}

/** Do it; why it was refused, or null. */
export async function attempted(doing: () => Promise<void>): Promise<Refusal | null> {
  try {
    await doing();
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}
