import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface NoAccessProps {
  user: string;
  /** Whether this person works at the desk. */
  desk: boolean;
  onSignOut: () => void;
}

/** Somebody has signed in who belongs to neither group. */
export default function NoAccess({ user, desk, onSignOut }: NoAccessProps) {
  return (
    <Container header={<Header variant="h1">No access to the review</Header>}>
      <SpaceBetween size="m">
        <Box>
          You are signed in as <strong>{user}</strong>, who is neither a reviewer nor a lead. Ask
          whoever administers the users to put you into one of the groups <code>reviewers</code> and{" "}
          <code>leads</code>, and sign in again.
        </Box>
        <SpaceBetween direction="horizontal" size="xs">
          {desk && <Button href="/desk">Go to the desk</Button>}
          <Button onClick={onSignOut}>Sign out</Button>
        </SpaceBetween>
      </SpaceBetween>
    </Container>
  );
}
