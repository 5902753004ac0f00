import { useState } from "react";
import type { Authentication, SignInStep } from "./authentication";
import { SignInProblem } from "./authentication";
import CodeForm from "./code_form";
import ForgottenPasswordForm from "./forgotten_password_form";
import NewPasswordForm from "./new_password_form";
import PasswordForm from "./password_form";

type Shown =
  | { kind: "password" }
  | { kind: "forgotten"; name: string }
  | Exclude<SignInStep, { kind: "signed_in" | "forgotten" | "unsupported" }>;

interface SignInProps {
  authentication: Authentication;
  onSignedIn: () => void | Promise<void>;
  /** Who has to sign in again; empty at the first time. */
  name?: string;
  heading: string;
  description: string;
}

/** From user name and password, by whatever the user pool asks for next, to being signed in. */
export default function SignIn(props: SignInProps) {
  const { authentication, onSignedIn, name = "", heading, description } = props;
  const [shown, setShown] = useState<Shown>({ kind: "password" });
  const [known, setKnown] = useState(name);
  const back = () => setShown({ kind: "password" });

  const take = async (step: SignInStep, of: string): Promise<void> => {
    switch (step.kind) {
      case "signed_in":
        await onSignedIn();
        break;
      case "forgotten":
        setShown({ kind: "forgotten", name: of });
        break;
      case "unsupported":
        throw new SignInProblem(
          `This user signs in in a way that this page does not know (${step.name}). Ask whoever administers it.`,
        );
      default:
        setShown(step);
    }
  };
  const withPassword = async (of: string, password: string) => {
    setKnown(of);
    await take(await authentication.signIn(of, password), of);
  };

  switch (shown.kind) {
    case "password":
      return (
        <PasswordForm
          name={known}
          heading={heading}
          description={description}
          onSignIn={withPassword}
          onForgotten={(of) => setShown({ kind: "forgotten", name: of })}
        />
      );
    case "new_password":
      return (
        <NewPasswordForm
          missing={shown.missing}
          onCancel={back}
          onChosen={async (password, attributes) =>
            take(await authentication.answer(password, attributes), known)
          }
        />
      );
    case "code":
    case "enrol":
      return (
        <CodeForm
          enrol={shown.kind === "enrol" ? shown : null}
          onCancel={back}
          onCode={async (code) => take(await authentication.answer(code), known)}
        />
      );
    case "forgotten":
      return (
        <ForgottenPasswordForm
          authentication={authentication}
          name={shown.name}
          onCancel={back}
          onReset={withPassword}
        />
      );
  }
}
