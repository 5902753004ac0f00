import "./entrance.css";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { TokenSource } from "../live/signed_in_server";
import NotLoaded from "../shared/not_loaded";
import type { Authentication, Member } from "./authentication";
import SignIn from "./sign_in";
import Waiting from "./waiting";

/** Somebody who has signed in, with what was begun for them. */
export interface Entered<S> {
  member: Member;
  session: S;
  /** Signed in again after the sign-in had expired. */
  onSignedInAgain: () => Promise<void>;
  onSignOut: () => void;
}

interface EntranceProps<S> {
  authentication: Authentication;
  /** Where one comes in. */
  heading: string;
  description: string;
  /** Begin what somebody works with; it is kept while they stay the same person. */
  begin: (token: TokenSource) => S;
  children: (entered: Entered<S>) => ReactNode;
}

type Who<S> =
  | { kind: "unknown" }
  | { kind: "failed"; problem: string }
  | { kind: "nobody" }
  | { kind: "member"; member: Member; session: S };

/** Whoever is known goes in; everybody else signs in first. `begin` must stay the same function. */
export default function Entrance<S extends { resume(): Promise<void> }>(props: EntranceProps<S>) {
  const { authentication, heading, description, begin, children } = props;
  const [who, setWho] = useState<Who<S>>({ kind: "unknown" });

  const enter = useCallback(async () => {
    try {
      const member = await authentication.member();
      if (!member) {
        setWho({ kind: "nobody" });
        return;
      }
      setWho((before) => {
        if (before.kind === "member" && before.member.user === member.user) return before;
        return { kind: "member", member, session: begin((given) => authentication.token(given)) };
      });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      setWho({ kind: "failed", problem });
    }
  }, [authentication, begin]);
  useEffect(() => {
    void enter();
  }, [enter]);

  switch (who.kind) {
    case "unknown":
      return (
        <main className="entrance">
          <Waiting what={`Opening: ${heading}`} />
        </main>
      );
    case "failed":
      return (
        <main className="entrance">
          <NotLoaded problem={who.problem} again={() => void enter()} />
        </main>
      );
    case "nobody":
      return (
        <main className="entrance">
          <SignIn
            authentication={authentication}
            heading={heading}
            description={description}
            onSignedIn={enter}
          />
        </main>
      );
    case "member": {
      const { member, session } = who;
      return children({
        member,
        session,
        onSignedInAgain: async () => {
          await enter();
          await session.resume();
        },
        onSignOut: () => {
          setWho({ kind: "nobody" });
          void authentication.signOut();
        },
      });
    }
  }
}
