import Alert from "@cloudscape-design/components/alert";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { goTo } from "./places";

/** A reviewer has followed a link to a lead's page. */
export default function OnlyForLeads() {
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Review</Header>
      <Alert
        type="info"
        header="This page is for leads"
        action={
          <Link
            href="/review"
            onFollow={(event) => {
              event.preventDefault();
              goTo("rate");
            }}
          >
            Rate answers
          </Link>
        }
      >
        You are signed in as a reviewer. Whoever manages the team's users can add you to the group
        “leads”; sign in again afterwards.
      </Alert>
    </SpaceBetween>
  );
}
