/** A canned reply's text with the expert's name in the place of `{me}`. */
export function filledIn(text: string, me: string): string {
  return text.replaceAll("{me}", () => me);
}

/** `text` with `reply` in the place of what is selected, and where the cursor stands after it. */
export function inserted(
  text: string,
  reply: string,
  selection: { start: number; end: number },
): { text: string; cursor: number } {
  const start = Math.min(selection.start, text.length);
  const end = Math.min(Math.max(selection.end, start), text.length);
  return { text: text.slice(0, start) + reply + text.slice(end), cursor: start + reply.length };
}
