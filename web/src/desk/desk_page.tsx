import "./desk_page.css";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useCallback } from "react";
import { DeskSession } from "../live/desk_session";
import type { TokenSource } from "../live/signed_in_server";
import { COLOURS } from "../shared/colours";
import type { Configuration } from "../shared/configuration";
import type { Authentication } from "../sign_in/authentication";
import Entrance from "../sign_in/entrance";
import { linkedEscalation } from "./columns";
import SignedIn from "./signed_in";

interface DeskPageProps {
  configuration: Configuration;
  /** Null where nobody signs in. */
  authentication: Authentication | null;
}

/** The experts' desk: sign in, then work. The address stays as the e-mail's link gave it. */
export default function DeskPage({ configuration, authentication }: DeskPageProps) {
  const { http_url, websocket_url, escalation, review } = configuration;
  const begin = useCallback(
    (token: TokenSource) => new DeskSession({ http_url, websocket_url, token }),
    [http_url, websocket_url],
  );
  return (
    <div className="desk" style={COLOURS}>
      {authentication && escalation ? (
        <Entrance
          authentication={authentication}
          heading="Desk"
          description={
            linkedEscalation(location.search)
              ? "Sign in to open the conversation. Opening it decides nothing."
              : "Sign in to answer customers."
          }
          begin={begin}
        >
          {(entered) => (
            <SignedIn
              key={entered.member.user}
              {...entered}
              authentication={authentication}
              review={review}
            />
          )}
        </Entrance>
      ) : (
        <main className="entrance">
          <Container header={<Header variant="h1">The desk is switched off</Header>}>
            In this deployment people are not called to this page (parameter{" "}
            <code>EscalationModule</code>).
          </Container>
        </main>
      )}
    </div>
  );
}
