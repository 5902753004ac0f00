import Alert from "@cloudscape-design/components/alert";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { goTo } from "./address";

interface OnlyForLeadsProps {
  title: string;
  /** Where this person can go instead: an address of this page. */
  instead: { path: string; text: string };
}

/** A reviewer has followed a link to a lead's page. */
export default function OnlyForLeads({ title, instead }: OnlyForLeadsProps) {
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{title}</Header>
      <Alert
        type="info"
        header="This page is for leads"
        action={
          <Link
            href={instead.path}
            onFollow={(event) => {
              event.preventDefault();
              goTo(instead.path);
            }}
          >
            {instead.text}
          </Link>
        }
      >
        You are signed in as a reviewer. Whoever manages the team's users can add you to the group
        “leads”; sign in again afterwards.
      </Alert>
    </SpaceBetween>
  );
}
