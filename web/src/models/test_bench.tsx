import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, vi } from "vitest";
import { HTTP, ModelsStandIn } from "../live/models_stand_in";
import type { Configuration } from "../shared/configuration";
import { AuthenticationStandIn } from "../sign_in/authentication_stand_in";
import ModelsPage from "./models_page";

export const CONFIGURATION: Configuration = {
  http_url: HTTP,
  websocket_url: "wss://models.test",
  region: "us-east-1",
  desk: { user_pool_id: "us-east-1_pool", client_id: "client", endpoint: null },
  guests: true,
  escalation: true,
  review: true,
  tuning: true,
};

export interface Bench {
  server: ModelsStandIn;
  authentication: AuthenticationStandIn;
  user: ReturnType<typeof userEvent.setup>;
}

/** A server that `prepare` fills, and what a test does at the page. Undone by `clearBench`. */
export function bench(
  prepare: (server: ModelsStandIn) => void = () => {},
  groups: readonly string[] = ["reviewers"],
): Bench {
  const server = new ModelsStandIn();
  vi.stubGlobal("fetch", server.fetch);
  prepare(server);
  const authentication = new AuthenticationStandIn();
  authentication.groups = groups;
  authentication.who = { user: "lea", name: "Lea Lead", groups };
  return {
    server,
    authentication,
    user: userEvent.setup({
      advanceTimers: (ms) => vi.isFakeTimers() && vi.advanceTimersByTime(ms),
    }),
  };
}

/** The same for somebody who leads. */
export function lead(prepare: (server: ModelsStandIn) => void = () => {}): Bench {
  return bench(prepare, ["leads"]);
}

export function clearBench(): void {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  localStorage.clear();
  history.replaceState(null, "", "/models");
}

/** The whole page at an address; resolves when there is something to see. */
export async function openModels({ authentication }: Bench, address = "/models") {
  history.replaceState(null, "", address);
  const page = render(<ModelsPage configuration={CONFIGURATION} authentication={authentication} />);
  await screen.findByRole("heading", { level: 1 });
  return page;
}

/** Resolves when this is the question before whoever compares. */
export async function thePair(question: string) {
  await waitFor(async () => {
    const pair = await screen.findByRole("region", { name: "Pair" });
    expect(pair.textContent).toContain(question);
  });
}

export const dialog = () => screen.findByRole("dialog");
