import {
  colorBorderDividerDefault,
  colorBorderItemFocused,
} from "@cloudscape-design/design-tokens";
import type { CSSProperties } from "react";

/** The design tokens that the desk's own layout uses, as its style sheets name them. */
export const COLOURS = {
  "--desk-divider": colorBorderDividerDefault,
  "--desk-focus": colorBorderItemFocused,
} as CSSProperties;
