import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { run as findViolations } from "axe-core";
import { expect, vi } from "vitest";
import { DeskStandIn, HTTP, SOCKET } from "../live/desk_stand_in";
import type { Configuration } from "../shared/configuration";
import type { AppKey, Authentication, Member, SignInStep } from "./authentication";
import DeskPage from "./desk_page";

export const CONFIGURATION: Configuration = {
  http_url: HTTP,
  websocket_url: SOCKET,
  region: "us-east-1",
  desk: { user_pool_id: "us-east-1_pool", client_id: "client", endpoint: null },
  guests: true,
};

/** Who may sign in, without a user pool. */
export class AuthenticationStandIn implements Authentication {
  who: Member | null = { user: "ana" };
  /** What follows upon user name and password, then upon each answer. */
  steps: SignInStep[] = [{ kind: "signed_in" }];
  readonly answered: string[] = [];
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
    if (step.kind === "signed_in") this.who = { user: "ana" };
    return Promise.resolve(step);
  }
}

export interface Bench {
  server: DeskStandIn;
  authentication: AuthenticationStandIn;
  user: ReturnType<typeof userEvent.setup>;
  /** The newest socket says it, and the page has taken it in. */
  says: (frame: Parameters<DeskStandIn["socket"]["says"]>[0]) => Promise<void>;
}

/** A server that `prepare` fills, and what a test does at the page. Undone by `clearBench`. */
export function bench(prepare: (server: DeskStandIn) => void = () => {}): Bench {
  const server = new DeskStandIn();
  vi.stubGlobal("fetch", (request: Request) => server.fetch(request));
  vi.stubGlobal("WebSocket", server.webSocket);
  prepare(server);
  return {
    server,
    authentication: new AuthenticationStandIn(),
    user: userEvent.setup(),
    says: (frame) => act(async () => server.socket.says(frame)),
  };
}

export function clearBench(): void {
  cleanup();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  localStorage.clear();
  history.replaceState(null, "", "/desk");
}

/** The whole page at an address; resolves when the queue is there, or who has to sign in. */
export async function openDesk({ server, authentication }: Bench, address = "/desk") {
  history.replaceState(null, "", address);
  const page = render(<DeskPage configuration={CONFIGURATION} authentication={authentication} />);
  if (authentication.who) {
    await waitFor(() => expect(server.sockets).not.toHaveLength(0));
    await act(async () => server.socket.opens());
  }
  await screen.findByRole("heading", { level: 1 });
  return page;
}

/**
 * Choose something of the top bar. Without a layout it has no width: all lies behind “More”, and
 * once more in a hidden copy that it measures, which comes first.
 */
export async function inTopBar({ user }: Bench, ...names: readonly string[]) {
  await user.click(await screen.findByRole("button", { name: "More" }));
  for (const name of names) {
    const [item] = (await screen.findAllByText(name)).slice(-1);
    if (item) await user.click(item);
  }
}

/** What axe finds wrong; colours are the design system's, and not computed here. */
export async function violations(element: Element): Promise<string[]> {
  const { violations } = await findViolations(element, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
