import { vi } from "vitest";
import type { AppKey, Authentication, Member, SignInStep } from "./authentication";

/** Who may sign in, without a user pool. */
export class AuthenticationStandIn implements Authentication {
  who: Member | null = { user: "ana", name: "Ana Novak", groups: [] };
  /** What follows upon user name and password, then upon each answer. */
  steps: SignInStep[] = [{ kind: "signed_in" }];
  readonly answered: string[] = [];
  /** What who signs in belongs to. */
  groups: readonly string[] = [];
  problem: Error | null = null;
  second_step = false;
  readonly signIn = vi.fn((_name: string, _password: string) => this.next());
  readonly sendResetCode = vi.fn(async (_name: string) => "a***@e***");
  readonly resetPassword = vi.fn(async () => {});

  member(): Promise<Member | null> {
    return Promise.resolve(this.who);
  }

  token(): Promise<string | undefined> {
    return Promise.resolve(this.who ? `token-of-${this.who.user}` : undefined);
  }

  answer(response: string): Promise<SignInStep> {
    this.answered.push(response);
    return this.next();
  }

  signOut(): Promise<void> {
    this.who = null;
    return Promise.resolve();
  }

  hasSecondStep(): Promise<boolean> {
    return Promise.resolve(this.second_step);
  }

  beginSecondStep(): Promise<AppKey> {
    return Promise.resolve({ secret: "ABCDEFGH", link: "otpauth://totp/x?secret=ABCDEFGH" });
  }

  confirmSecondStep(code: string): Promise<void> {
    this.second_step = code === "123456";
    return this.second_step ? Promise.resolve() : Promise.reject(new Error("This code is wrong."));
  }

  endSecondStep(): Promise<void> {
    this.second_step = false;
    return Promise.resolve();
  }

  private next(): Promise<SignInStep> {
    const { problem } = this;
    this.problem = null;
    if (problem) return Promise.reject(problem);
    const step = this.steps.shift() ?? { kind: "signed_in" };
    if (step.kind === "signed_in") {
      this.who = { user: "ana", name: "Ana Novak", groups: this.groups };
    }
    return Promise.resolve(step);
  }
}
