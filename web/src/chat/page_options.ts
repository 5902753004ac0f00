import { type UiLanguage, WORDS } from "./words";

/** What the page's address and the browser ask for. */
export interface PageOptions {
  /** The customer's language (BCP 47), as the server is told. */
  language: string;
  /** The language of the page's own words. */
  ui: UiLanguage;
  /** For times and dates: the reader's own, where the page speaks their language. */
  locale: string;
  theme: "light" | "dark" | undefined;
  /** The page fills the frame that it is shown in. */
  embedded: boolean;
  /** Origin of the page that shows this one by the widget; null: nobody is there to talk with. */
  host: string | null;
}

/** What the server takes for a language. */
const LANGUAGE = /^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** `search` is of the page's address (`?language=…`), `languages` are the browser's. */
export function readPageOptions(search: string, languages: readonly string[]): PageOptions {
  const asked = new URLSearchParams(search);
  const language =
    [asked.get("language") ?? "", ...languages].find((tag) => LANGUAGE.test(tag)) ?? "en";
  const base = baseOf(language);
  const ui = isUiLanguage(base) ? base : "en";
  const theme = asked.get("theme");
  const embedded = asked.get("embedded") === "1";
  return {
    language,
    ui,
    locale: languages.find((tag) => baseOf(tag) === ui) ?? ui,
    theme: theme === "light" || theme === "dark" ? theme : undefined,
    embedded,
    host: embedded ? originOf(asked.get("host")) : null,
  };
}

function baseOf(tag: string): string {
  return tag.split("-", 1)[0]?.toLowerCase() ?? "";
}

function isUiLanguage(language: string): language is UiLanguage {
  return Object.hasOwn(WORDS, language);
}

function originOf(address: string | null): string | null {
  try {
    const { origin } = new URL(address ?? "");
    return origin === "null" ? null : origin;
  } catch {
    return null;
  }
}
