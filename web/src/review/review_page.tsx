import { useCallback } from "react";
import { ReviewSession } from "../live/review_session";
import type { TokenSource } from "../live/signed_in_server";
import { COLOURS } from "../shared/colours";
import type { PageProps } from "../sign_in/begin";
import Entrance from "../sign_in/entrance";
import SwitchedOff from "../sign_in/switched_off";
import SignedIn from "./signed_in";

/** Where answers are rated, and where leads see what comes of it: sign in, then work. */
export default function ReviewPage({ configuration, authentication }: PageProps) {
  const { http_url, escalation, review, tuning } = configuration;
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
              models={tuning}
            />
          )}
        </Entrance>
      ) : (
        <SwitchedOff header="The review is switched off">
          In this deployment no answers are rated (parameter <code>ReviewModule</code>).
        </SwitchedOff>
      )}
    </div>
  );
}
