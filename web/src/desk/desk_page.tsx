import "./desk_page.css";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";
import { useCallback, useEffect, useState } from "react";
import { DeskSession } from "../live/desk_session";
import type { Configuration } from "../shared/configuration";
import type { Authentication, Member } from "./authentication";
import { COLOURS } from "./colours";
import { linkedEscalation } from "./columns";
import NotLoaded from "./not_loaded";
import SignIn from "./sign_in/sign_in";
import SignedIn from "./signed_in";

interface DeskPageProps {
  configuration: Configuration;
  /** Null where the desk is switched off. */
  authentication: Authentication | null;
}

type Who =
  | { kind: "unknown" }
  | { kind: "failed"; problem: string }
  | { kind: "nobody" }
  | { kind: "member"; member: Member; session: DeskSession };

/** The experts' desk: sign in, then work. The address stays as the e-mail's link gave it. */
export default function DeskPage({ configuration, authentication }: DeskPageProps) {
  return (
    <div className="desk" style={COLOURS}>
      {authentication ? (
        <Entrance configuration={configuration} authentication={authentication} />
      ) : (
        <main className="desk-page">
          <Container header={<Header variant="h1">The desk is switched off</Header>}>
            In this deployment people are not called to this page (parameter{" "}
            <code>EscalationModule</code>).
          </Container>
        </main>
      )}
    </div>
  );
}

interface EntranceProps {
  configuration: Configuration;
  authentication: Authentication;
}

function Entrance({ configuration, authentication }: EntranceProps) {
  const [who, setWho] = useState<Who>({ kind: "unknown" });
  const { http_url, websocket_url } = configuration;

  const enter = useCallback(async () => {
    try {
      const member = await authentication.member();
      if (!member) {
        setWho({ kind: "nobody" });
        return;
      }
      const token = (options?: { fresh: boolean }) => authentication.token(options);
      setWho((before) => {
        if (before.kind === "member" && before.member.user === member.user) return before;
        return {
          kind: "member",
          member,
          session: new DeskSession({ http_url, websocket_url, token }),
        };
      });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      setWho({ kind: "failed", problem });
    }
  }, [authentication, http_url, websocket_url]);
  useEffect(() => {
    void enter();
  }, [enter]);

  switch (who.kind) {
    case "unknown":
      return (
        <main className="desk-page">
          <div className="desk-wait" role="status" aria-label="Opening the desk">
            <Spinner size="large" />
          </div>
        </main>
      );
    case "failed":
      return (
        <main className="desk-page">
          <NotLoaded problem={who.problem} again={() => void enter()} />
        </main>
      );
    case "nobody":
      return (
        <main className="desk-page">
          <SignIn
            authentication={authentication}
            description={
              linkedEscalation(location.search)
                ? "Sign in to open the conversation. Opening it decides nothing."
                : undefined
            }
            onSignedIn={enter}
          />
        </main>
      );
    case "member":
      return (
        <SignedIn
          key={who.member.user}
          member={who.member}
          session={who.session}
          authentication={authentication}
          onSignedInAgain={async () => {
            await enter();
            await who.session.resume();
          }}
          onSignOut={() => {
            setWho({ kind: "nobody" });
            void authentication.signOut();
          }}
        />
      );
  }
}
