import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { Reading } from "./reading";
import { clock } from "./time";

interface PageHeadProps {
  title: string;
  description: string;
  reading: Pick<Reading<unknown>, "at" | "reading" | "failure" | "again">;
  actions?: ReactNode;
  /** What was just done, in words. */
  said?: string;
}

/** The heading of a lead's page, how old its contents are, and why they could not be read. */
export default function PageHead({ title, description, reading, actions, said }: PageHeadProps) {
  const { at, failure, again } = reading;
  const as_of = at && clock(at.toISOString());
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={description}
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <Box color="text-body-secondary">as of {as_of ?? "…"}</Box>
            <Button
              iconName="refresh"
              ariaLabel="Refresh"
              loading={reading.reading}
              onClick={again}
            />
            {actions}
          </SpaceBetween>
        }
      >
        {title}
      </Header>
      <LiveRegion hidden>{said ?? ""}</LiveRegion>
      {failure && (
        <div role="alert">
          <Alert
            type={at ? "warning" : "error"}
            header={
              at ? `This is as of ${as_of}; it could not be read again` : "It could not be read"
            }
            action={<Button onClick={again}>Try again</Button>}
          >
            {failure}
          </Alert>
        </div>
      )}
    </SpaceBetween>
  );
}
