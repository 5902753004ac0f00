import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, vi } from "vitest";
import { DeskStandIn, HTTP, SOCKET } from "../live/desk_stand_in";
import type { Configuration } from "../shared/configuration";
import { AuthenticationStandIn } from "../sign_in/authentication_stand_in";
import DeskPage from "./desk_page";

export const CONFIGURATION: Configuration = {
  http_url: HTTP,
  websocket_url: SOCKET,
  region: "us-east-1",
  desk: { user_pool_id: "us-east-1_pool", client_id: "client", endpoint: null },
  guests: true,
  escalation: true,
  review: true,
  tuning: true,
};

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
