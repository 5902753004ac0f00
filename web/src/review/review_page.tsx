import "./review_page.css";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useCallback } from "react";
import { ReviewSession } from "../live/review_session";
import type { TokenSource } from "../live/signed_in_server";
import { COLOURS } from "../shared/colours";
import type { Configuration } from "../shared/configuration";
import type { Authentication } from "../sign_in/authentication";
import Entrance from "../sign_in/entrance";
import SignedIn from "./signed_in";

interface ReviewPageProps {
  configuration: Configuration;
  /** Null where nobody signs in. */
  authentication: Authentication | null;
}

/** Where answers are rated, and where leads see what comes of it: sign in, then work. */
export default function ReviewPage({ configuration, authentication }: ReviewPageProps) {
  const { http_url, escalation, review } = configuration;
  const begin = useCallback(
    (token: TokenSource) => new ReviewSession({ http_url, token, storage: sessionStorage }),
    [http_url],
  );
  return (
    <div style={COLOURS}>
      {authentication && review ? (
        <Entrance
          authentication={authentication}
          heading="Review"
          description="Sign in to rate answers."
          begin={begin}
        >
          {(entered) => (
            <SignedIn
              key={entered.member.user}
              {...entered}
              authentication={authentication}
              desk={escalation}
            />
          )}
        </Entrance>
      ) : (
        <main className="entrance">
          <Container header={<Header variant="h1">The review is switched off</Header>}>
            In this deployment no answers are rated (parameter <code>ReviewModule</code>).
          </Container>
        </main>
      )}
    </div>
  );
}
