import {
  colorBackgroundContainerContent,
  colorBackgroundItemSelected,
  colorBorderControlDefault,
  colorBorderDividerDefault,
  colorBorderItemFocused,
  colorBorderItemSelected,
  colorTextAccent,
  colorTextBodyDefault,
  colorTextBodySecondary,
} from "@cloudscape-design/design-tokens";
import type { CSSProperties } from "react";

/** The design tokens that the pages' own layout uses, as their style sheets name them. */
export const COLOURS = {
  "--page-accent": colorTextAccent,
  "--page-control": colorBorderControlDefault,
  "--page-divider": colorBorderDividerDefault,
  "--page-focus": colorBorderItemFocused,
  "--page-secondary": colorTextBodySecondary,
  "--page-selected": colorBorderItemSelected,
  "--page-selected-ground": colorBackgroundItemSelected,
  "--page-surface": colorBackgroundContainerContent,
  "--page-text": colorTextBodyDefault,
} as CSSProperties;
