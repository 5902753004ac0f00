import {
  colorBackgroundContainerContent,
  colorBorderDividerDefault,
  colorBorderItemFocused,
  colorTextBodyDefault,
  colorTextBodySecondary,
  colorTextLinkDefault,
} from "@cloudscape-design/design-tokens";
import type { CSSProperties } from "react";

/** Design tokens under names that the page's own style sheets can use: theirs change by version. */
export const CHAT_COLORS = {
  "--chat-surface": colorBackgroundContainerContent,
  "--chat-divider": colorBorderDividerDefault,
  "--chat-focus": colorBorderItemFocused,
  "--chat-text": colorTextBodyDefault,
  "--chat-secondary": colorTextBodySecondary,
  "--chat-accent": colorTextLinkDefault,
} as CSSProperties;
