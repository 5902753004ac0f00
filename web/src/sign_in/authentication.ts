import { Amplify } from "aws-amplify";
import {
  confirmResetPassword,
  confirmSignIn,
  fetchAuthSession,
  fetchMFAPreference,
  resetPassword,
  type SetUpTOTPOutput,
  type SignInOutput,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from "aws-amplify/auth";
import type { Configuration } from "../shared/configuration";

/** What an authenticator app needs to know: the secret, and a link that hands it to an app here. */
export interface AppKey {
  secret: string;
  link: string;
}

/** What has to be done next to be signed in. */
export type SignInStep =
  | { kind: "signed_in" }
  /** The first sign-in, with the temporary password: `missing` attributes are asked for, too. */
  | { kind: "new_password"; missing: readonly string[] }
  /** The number of the authenticator app. */
  | { kind: "code" }
  /** The pool wants a second factor and this person has none yet: put `secret` into an app. */
  | ({ kind: "enrol" } & AppKey)
  /** An administrator asks for another password: it is set with a code that is sent. */
  | { kind: "forgotten" }
  | { kind: "unsupported"; name: string };

/** Whoever has signed in. */
export interface Member {
  /** The user name that conversations are claimed by. */
  user: string;
  /** What they are called by others. */
  name: string;
  /** What they belong to in the user pool; the server decides by its own reading of the token. */
  groups: readonly string[];
}

/** Signing in and out. Each rejects with a `SignInProblem`, whose message is for people. */
export interface Authentication {
  /** Who is still signed in; null when nobody is. */
  member(): Promise<Member | null>;
  /** The id token, renewed when it has run out; undefined when nobody is signed in any more. */
  token(options?: { fresh: boolean }): Promise<string | undefined>;
  signIn(name: string, password: string): Promise<SignInStep>;
  /** A new password, or the number of the authenticator app. */
  answer(response: string, attributes?: Record<string, string>): Promise<SignInStep>;
  /** Sends a code; returns where to, as far as it may be said (`a***@e***`). */
  sendResetCode(name: string): Promise<string | null>;
  resetPassword(name: string, code: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** Whether the number of an authenticator app is asked for at each sign-in. */
  hasSecondStep(): Promise<boolean>;
  /** A new key for an app; nothing changes before `confirmSecondStep`. */
  beginSecondStep(): Promise<AppKey>;
  /** With a number that the app shows: from now on one is asked for. */
  confirmSecondStep(code: string): Promise<void>;
  endSecondStep(): Promise<void>;
}

/** Under this the desk stands in an authenticator app. */
const APP_NAME = "Tandem";

export class SignInProblem extends Error {}

const PROBLEMS: Record<string, string> = {
  UserNotFoundException: "User name or password is wrong.",
  EmptySignInUsername: "Enter your user name or e-mail address.",
  EmptySignInPassword: "Enter your password.",
  CodeMismatchException: "This code is wrong. Enter the newest one.",
  EnableSoftwareTokenMFAException: "This code is wrong. Enter the newest one.",
  ExpiredCodeException: "This code is not valid any more. Ask for a new one.",
  LimitExceededException: "Too many attempts. Wait a while and try again.",
  TooManyRequestsException: "Too many attempts. Wait a while and try again.",
  TooManyFailedAttemptsException: "Too many attempts. Wait a while and try again.",
  UserNotConfirmedException:
    "This user is not confirmed yet. Ask whoever administers the user pool.",
  PasswordHistoryPolicyViolationException: "You have had this password before. Choose another one.",
  NetworkError: "The sign-in service is not reached. Check your connection and try again.",
  SignInException: "This took too long. Sign in again.",
};

/** Why a sign-in went wrong, in words that help. */
export function problemWords(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  if (name === "NotAuthorizedException") {
    if (/temporary password has expired/i.test(message)) {
      return "Your temporary password has run out. Ask for a new invitation.";
    }
    if (/disabled/i.test(message)) return "This user is disabled.";
    if (/attempts exceeded/i.test(message)) return PROBLEMS.LimitExceededException as string;
    if (/session/i.test(message)) return PROBLEMS.SignInException as string;
    return "User name or password is wrong.";
  }
  // Cognito says which of the pool's rules a password breaks.
  if (name === "InvalidPasswordException") {
    return message.replace(/^Password did not conform with (password )?policy: */i, "") || message;
  }
  return PROBLEMS[name] ?? "That did not work. Try again in a moment.";
}

/** After these, what the browser has kept of a sign-in is of no use any more. */
const OVER = [
  "NotAuthorizedException",
  "TokenRevokedException",
  "UserNotFoundException",
  "PasswordResetRequiredException",
  "UserNotConfirmedException",
  "RefreshTokenReuseException",
];

/** Sign-in at the team's Amazon Cognito user pool: the password never leaves the page (SRP). */
export class CognitoAuthentication implements Authentication {
  constructor({ user_pool_id, client_id, endpoint }: NonNullable<Configuration["desk"]>) {
    Amplify.configure({
      Auth: {
        Cognito: {
          userPoolId: user_pool_id,
          userPoolClientId: client_id,
          ...(endpoint ? { userPoolEndpoint: endpoint } : {}),
        },
      },
    });
  }

  async member(): Promise<Member | null> {
    try {
      return memberOf(await fetchAuthSession());
    } catch (error) {
      if (isOver(error)) return null;
      throw new SignInProblem(problemWords(error));
    }
  }

  async token(options?: { fresh: boolean }): Promise<string | undefined> {
    try {
      const session = await fetchAuthSession({ forceRefresh: options?.fresh ?? false });
      return session.tokens?.idToken?.toString();
    } catch (error) {
      if (isOver(error)) return undefined;
      throw error;
    }
  }

  async signIn(name: string, password: string): Promise<SignInStep> {
    return await told(async () => {
      try {
        return stepOf(await signIn({ username: name, password }));
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "UserAlreadyAuthenticatedException") {
          throw error;
        }
        // Of a sign-in that the server does not accept any more.
        await signOut();
        return stepOf(await signIn({ username: name, password }));
      }
    });
  }

  async answer(response: string, attributes: Record<string, string> = {}): Promise<SignInStep> {
    return await told(async () =>
      stepOf(
        await confirmSignIn({
          challengeResponse: response,
          options: { userAttributes: attributes },
        }),
      ),
    );
  }

  async sendResetCode(name: string): Promise<string | null> {
    return await told(async () => {
      const { nextStep } = await resetPassword({ username: name });
      return nextStep.codeDeliveryDetails?.destination ?? null;
    });
  }

  async resetPassword(name: string, code: string, password: string): Promise<void> {
    await told(() =>
      confirmResetPassword({ username: name, confirmationCode: code, newPassword: password }),
    );
  }

  async signOut(): Promise<void> {
    await signOut();
  }

  async hasSecondStep(): Promise<boolean> {
    return await told(async () => (await fetchMFAPreference()).enabled?.includes("TOTP") ?? false);
  }

  async beginSecondStep(): Promise<AppKey> {
    const member = await this.member();
    return await told(async () => keyOf(await setUpTOTP(), member?.user));
  }

  async confirmSecondStep(code: string): Promise<void> {
    await told(async () => {
      await verifyTOTPSetup({ code });
      await updateMFAPreference({ totp: "PREFERRED" });
    });
  }

  async endSecondStep(): Promise<void> {
    await told(() => updateMFAPreference({ totp: "DISABLED" }));
  }
}

function memberOf(session: Awaited<ReturnType<typeof fetchAuthSession>>): Member | null {
  const claims = session.tokens?.idToken?.payload;
  const user = claims?.["cognito:username"] ?? claims?.sub;
  if (typeof user !== "string") return null;
  const groups = claims?.["cognito:groups"];
  const name = claims?.name;
  return {
    user,
    name: typeof name === "string" && name ? name : user,
    groups: Array.isArray(groups) ? groups.map(String) : [],
  };
}

function stepOf({ nextStep }: SignInOutput): SignInStep {
  switch (nextStep.signInStep) {
    case "DONE":
      return { kind: "signed_in" };
    case "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED":
      return { kind: "new_password", missing: nextStep.missingAttributes ?? [] };
    case "CONFIRM_SIGN_IN_WITH_TOTP_CODE":
      return { kind: "code" };
    case "CONTINUE_SIGN_IN_WITH_TOTP_SETUP":
      return { kind: "enrol", ...keyOf(nextStep.totpSetupDetails) };
    case "RESET_PASSWORD":
      return { kind: "forgotten" };
    default:
      return { kind: "unsupported", name: nextStep.signInStep };
  }
}

function keyOf(details: SetUpTOTPOutput, account?: string): AppKey {
  return { secret: details.sharedSecret, link: details.getSetupUri(APP_NAME, account).href };
}

function isOver(error: unknown): boolean {
  return error instanceof Error && OVER.some((name) => error.name.startsWith(name));
}

async function told<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw new SignInProblem(problemWords(error));
  }
}
