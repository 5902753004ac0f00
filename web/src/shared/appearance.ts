import "@fontsource/open-sans/latin-400.css";
import "@fontsource/open-sans/latin-700.css";
import "./base.css";
import { colorBackgroundLayoutMain } from "@cloudscape-design/design-tokens";
import { applyMode, Mode } from "@cloudscape-design/global-styles";

/** Follow the person's choice of light or dark, also when it changes. */
export function followColorScheme(forced?: "light" | "dark"): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    applyMode((forced ? forced === "dark" : dark.matches) ? Mode.Dark : Mode.Light);
    document.body.style.background = colorBackgroundLayoutMain;
  };
  apply();
  dark.addEventListener("change", apply);
}
