import { expect, it } from "vitest";
import { WORDS, type Words } from "./words";

/** All that a page may say in a language, with something put into each gap. */
function sentences(words: Words): Record<string, string> {
  const said: Record<string, string> = {};
  const collect = (name: string, value: unknown): void => {
    if (typeof value === "function") said[name] = value("GAP", "GAP") as string;
    else if (typeof value === "string") said[name] = value;
    else for (const [key, part] of Object.entries(value as object)) collect(`${name}.${key}`, part);
  };
  collect("words", words);
  return said;
}

it.each(Object.entries(WORDS))("leaves no word out in %s", (_, words) => {
  const english = sentences(WORDS.en);
  const said = sentences(words);
  expect(Object.keys(said).sort()).toEqual(Object.keys(english).sort());
  for (const [name, text] of Object.entries(said)) {
    expect(text.trim(), name).not.toBe("");
    expect(text.includes("GAP"), name).toBe(english[name]?.includes("GAP"));
  }
});

it.each(["de", "fr", "es"] as const)("speaks %s, not English", (language) => {
  const english = sentences(WORDS.en);
  const same = Object.entries(sentences(WORDS[language])).filter(
    ([name, text]) => text === english[name],
  );
  // "Chat", "Messages", "Source(s)", names before times: few words are the same in two languages.
  expect(same.length).toBeLessThan(8);
});
