/** What a team's page sets by the script's `data-` attributes. */
export interface WidgetOptions {
  /** Origin of the chat's pages: where the script itself comes from. */
  origin: string;
  /** BCP 47. */
  language: string;
  position: "left" | "right";
  /** What the button is called; null: the widget's own word. */
  label: string | null;
  /** null: as the customer's system has it. */
  theme: "light" | "dark" | null;
  /** The chat is open from the beginning. */
  open: boolean;
}

/** Throws where the script's address cannot be read. */
export function readOptions(script: HTMLScriptElement): WidgetOptions {
  const { language, position, label, theme, open } = script.dataset;
  return {
    origin: new URL(script.src).origin,
    language: language || document.documentElement.lang || navigator.language || "en",
    position: position === "left" ? "left" : "right",
    label: label || null,
    theme: theme === "light" || theme === "dark" ? theme : null,
    open: open === "" || open === "true",
  };
}
