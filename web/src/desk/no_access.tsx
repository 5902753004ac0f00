import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface NoAccessProps {
  user: string;
  onSignOut: () => void;
}

/** Somebody has signed in who belongs to neither group. */
export default function NoAccess({ user, onSignOut }: NoAccessProps) {
  return (
    <Container header={<Header variant="h1">No access to the desk</Header>}>
      <SpaceBetween size="m">
        <Box>
          You are signed in as <strong>{user}</strong>, who is neither an expert nor a lead. Ask
          whoever administers the desk to put you into one of the groups <code>experts</code> and{" "}
          <code>leads</code>, and sign in again.
        </Box>
        <Button onClick={onSignOut}>Sign out</Button>
      </SpaceBetween>
    </Container>
  );
}
