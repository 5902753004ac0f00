import { createContext, useContext } from "react";
import { WORDS, type Words } from "./words";

/** What every part of the page speaks with: its words, and how its reader writes times. */
export interface PageContext {
  words: Words;
  locale: string;
}

const Context = createContext<PageContext>({ words: WORDS.en, locale: "en" });

export const PageContextProvider = Context.Provider;

export function usePage(): PageContext {
  return useContext(Context);
}
