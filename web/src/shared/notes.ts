import { type Refusal, Refused, refusalOf } from "../live/http";

/** The server's limit of notes and reasons, in characters. */
export const LONGEST_NOTE = 1000;

export function tooLong(text: string, longest = LONGEST_NOTE): string | undefined {
  return text.length > longest ? `At most ${longest.toLocaleString()} characters.` : undefined;
}

/** Do it; why it was refused, or null. `changed`: what to do first if it is not what it was. */
export async function attempted(
  doing: () => Promise<void>,
  changed?: () => Promise<void>,
): Promise<Refusal | null> {
  try {
    await doing();
    return null;
  } catch (error) {
    if (changed && error instanceof Refused && error.status === 409) {
      try {
        await changed();
      } catch {
        // The refusal says it all the same.
      }
    }
    return refusalOf(error);
  }
}
