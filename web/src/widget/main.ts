import { readOptions } from "./options";
import { Widget } from "./widget";

declare global {
  interface Window {
    /** What a team's page can do with the chat; there once the script has run. */
    Tandem?: Pick<Widget, "open" | "close" | "identify">;
  }
}

function start(script: HTMLScriptElement): void {
  // The script may be on the page twice: by a template and by a tag manager.
  if (window.Tandem) return;
  const { open, close, identify } = new Widget(readOptions(script));
  window.Tandem = { open, close, identify };
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  // Without `defer`, the page's body is not there yet.
  if (document.body) start(script);
  else addEventListener("DOMContentLoaded", () => start(script), { once: true });
}
