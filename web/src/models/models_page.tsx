import { useCallback } from "react";
import { CompareSession } from "../live/compare_session";
import type { TokenSource } from "../live/signed_in_server";
import { COLOURS } from "../shared/colours";
import type { PageProps } from "../sign_in/begin";
import Entrance from "../sign_in/entrance";
import SwitchedOff from "../sign_in/switched_off";
import SignedIn from "./signed_in";

/** Where leads see and decide which model answers, and where answers are compared. */
export default function ModelsPage({ configuration, authentication }: PageProps) {
  const { http_url, escalation, review, tuning } = configuration;
  const begin = useCallback(
    (token: TokenSource) => new CompareSession({ http_url, token }),
    [http_url],
  );
  return (
    <div style={COLOURS}>
      {authentication && tuning ? (
        <Entrance
          authentication={authentication}
          heading="Models"
          description="Sign in to compare answers, or to decide which model gives them."
          begin={begin}
        >
          {(entered) => (
            <SignedIn
              key={entered.member.user}
              {...entered}
              authentication={authentication}
              desk={escalation}
              review={review}
            />
          )}
        </Entrance>
      ) : (
        <SwitchedOff header="No models are trained here">
          In this deployment ratings train no model (parameter <code>TuningModule</code>).
        </SwitchedOff>
      )}
    </div>
  );
}
