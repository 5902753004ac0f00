import { useCallback } from "react";
import { DeskSession } from "../live/desk_session";
import type { TokenSource } from "../live/signed_in_server";
import { COLOURS } from "../shared/colours";
import type { PageProps } from "../sign_in/begin";
import Entrance from "../sign_in/entrance";
import SwitchedOff from "../sign_in/switched_off";
import { linkedEscalation } from "./columns";
import SignedIn from "./signed_in";

/** The experts' desk: sign in, then work. The address stays as the e-mail's link gave it. */
export default function DeskPage({ configuration, authentication }: PageProps) {
  const { http_url, websocket_url, escalation, review, tuning } = configuration;
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
              models={tuning}
            />
          )}
        </Entrance>
      ) : (
        <SwitchedOff header="The desk is switched off">
          In this deployment people are not called to this page (parameter{" "}
          <code>EscalationModule</code>).
        </SwitchedOff>
      )}
    </div>
  );
}
