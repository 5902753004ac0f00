import "./notice.css";
import Box, { type BoxProps } from "@cloudscape-design/components/box";
import Icon, { type IconProps } from "@cloudscape-design/components/icon";
import type { ReactNode } from "react";

const LOOKS = {
  error: { icon: "status-negative", variant: "error", color: "text-status-error" },
  warning: { icon: "status-warning", variant: "warning", color: "text-status-warning" },
  waiting: { icon: "status-pending", variant: "subtle", color: "text-body-secondary" },
} satisfies Record<
  string,
  { icon: IconProps.Name; variant: IconProps.Variant; color: BoxProps.Color }
>;

interface NoticeProps {
  type: keyof typeof LOOKS;
  children: ReactNode;
}

/** A sentence about the state of things. A status indicator would break its words anywhere. */
export function Notice({ type, children }: NoticeProps) {
  const { icon, variant, color } = LOOKS[type];
  return (
    <div className="notice">
      <Icon name={icon} variant={variant} />
      <Box color={color} fontSize="body-s">
        {children}
      </Box>
    </div>
  );
}
