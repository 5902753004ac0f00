import "./signed_in_frame.css";
import { type ReactNode, useState } from "react";
import { Covered } from "../shared/covered";
import type { Authentication } from "./authentication";
import type { Entered } from "./entrance";
import SecondStepDialog from "./second_step_dialog";
import SignIn from "./sign_in";

interface SignedInFrameProps extends Pick<Entered<unknown>, "member" | "onSignedInAgain"> {
  authentication: Authentication;
  heading: string;
  /** The sign-in has run out. */
  expired: boolean;
  /** What is worked at. `onSecondStep` opens the dialog of one's own second step, `open` says
   * whether it is. */
  children: (onSecondStep: () => void, open: boolean) => ReactNode;
}

/** What somebody works at. While they have to sign in again it is hidden, not gone. */
export default function SignedInFrame(props: SignedInFrameProps) {
  const { member, authentication, heading, expired, onSignedInAgain, children } = props;
  const [second_step, setSecondStep] = useState(false);
  return (
    <Covered value={expired}>
      {expired && (
        <main className="entrance">
          <SignIn
            authentication={authentication}
            heading={heading}
            name={member.user}
            description="Your sign-in has run out. What you have typed is still there."
            onSignedIn={onSignedInAgain}
          />
        </main>
      )}
      <div className="signed-in-frame" hidden={expired}>
        {children(() => setSecondStep(true), second_step)}
      </div>
      {second_step && !expired && (
        <SecondStepDialog authentication={authentication} onClose={() => setSecondStep(false)} />
      )}
    </Covered>
  );
}
