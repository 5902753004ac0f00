import "./entrance.css";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface NoAccessProps {
  /** What there is no access to: "the review". */
  to: string;
  user: string;
  /** What this person is not: "neither a reviewer nor a lead". */
  lacking: string;
  /** Who may. */
  groups: readonly [string, string];
  /** Whether this person works at the desk. */
  desk: boolean;
  onSignOut: () => void;
}

/** Somebody has signed in who belongs to neither group. */
export default function NoAccess(props: NoAccessProps) {
  const { to, user, lacking, groups, desk, onSignOut } = props;
  return (
    <main className="entrance">
      <Container header={<Header variant="h1">No access to {to}</Header>}>
        <SpaceBetween size="m">
          <Box>
            You are signed in as <strong>{user}</strong>, who is {lacking}. Ask whoever administers
            the users to put you into one of the groups <code>{groups[0]}</code> and{" "}
            <code>{groups[1]}</code>, and sign in again.
          </Box>
          <SpaceBetween direction="horizontal" size="xs">
            {desk && <Button href="/desk">Go to the desk</Button>}
            <Button onClick={onSignOut}>Sign out</Button>
          </SpaceBetween>
        </SpaceBetween>
      </Container>
    </main>
  );
}
