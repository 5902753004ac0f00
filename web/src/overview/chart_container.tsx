import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";

/**
 * A chart under its heading. While its figures are awaited, and where there is nothing to draw, its
 * place of `height` pixels is kept, so that nothing jumps.
 */
export default function ChartContainer({
  title,
  height,
  loading,
  empty,
  children,
}: {
  title: string;
  height: number;
  loading: boolean;
  /** Why there is nothing to draw; null if there is something. */
  empty: string | null;
  children: ReactNode;
}) {
  return (
    <Container fitHeight header={<Header variant="h2">{title}</Header>}>
      {loading || empty ? (
        <div className="overview-chart-place" style={{ blockSize: height }}>
          {loading ? (
            <StatusIndicator type="loading">Loading</StatusIndicator>
          ) : (
            <Box color="text-body-secondary">{empty}</Box>
          )}
        </div>
      ) : (
        children
      )}
    </Container>
  );
}
