/** The widget's own words in one language. */
export interface WidgetWords {
  /** The button that opens and closes the chat. */
  chat: string;
  /** The button, after somebody has written while the chat was closed. */
  unread: (label: string) => string;
}

const WORDS: Record<"en" | "de" | "fr" | "es", WidgetWords> = {
  en: { chat: "Chat", unread: (label) => `${label}: new message` },
  de: { chat: "Chat", unread: (label) => `${label}: neue Nachricht` },
  fr: { chat: "Chat", unread: (label) => `${label} : nouveau message` },
  es: { chat: "Chat", unread: (label) => `${label}: mensaje nuevo` },
};

/** The words in this language (a tag such as `de-AT`), or in English. */
export function widgetWords(language: string): WidgetWords {
  const base = language.split("-", 1)[0]?.toLowerCase() ?? "";
  return Object.hasOwn(WORDS, base) ? WORDS[base as keyof typeof WORDS] : WORDS.en;
}
