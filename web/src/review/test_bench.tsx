import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, vi } from "vitest";
import { HTTP, ReviewStandIn } from "../live/review_stand_in";
import type { Configuration } from "../shared/configuration";
import { AuthenticationStandIn } from "../sign_in/authentication_stand_in";
import ReviewPage from "./review_page";

export { heard, passes, row } from "../test_page";

export const CONFIGURATION: Configuration = {
  http_url: HTTP,
  websocket_url: "wss://review.test",
  region: "us-east-1",
  desk: { user_pool_id: "us-east-1_pool", client_id: "client", endpoint: null },
  guests: true,
  escalation: true,
  review: true,
  tuning: true,
};

export interface Bench {
  server: ReviewStandIn;
  authentication: AuthenticationStandIn;
  user: ReturnType<typeof userEvent.setup>;
}

/** A server that `prepare` fills, and what a test does at the page. Undone by `clearBench`. */
export function bench(prepare: (server: ReviewStandIn) => void = () => {}): Bench {
  const server = new ReviewStandIn();
  vi.stubGlobal("fetch", server.fetch);
  prepare(server);
  return {
    server,
    authentication: new AuthenticationStandIn(),
    user: userEvent.setup({
      advanceTimers: (ms) => vi.isFakeTimers() && vi.advanceTimersByTime(ms),
    }),
  };
}

/** The same for somebody who leads. */
export function lead(prepare: (server: ReviewStandIn) => void = () => {}): Bench {
  return bench((server) => {
    server.settings.lead = true;
    prepare(server);
  });
}

export function clearBench(): void {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  localStorage.clear();
  history.replaceState(null, "", "/review");
}

/** The whole page at an address; resolves when there is something to see. */
export async function openReview({ authentication }: Bench, address = "/review") {
  history.replaceState(null, "", address);
  const page = render(<ReviewPage configuration={CONFIGURATION} authentication={authentication} />);
  await screen.findByRole("heading", { level: 1 });
  return page;
}

export const shownItem = () => screen.findByRole("region", { name: "Item" });

/** Resolves when this is the question before the reviewer. */
export async function theItem(question: string) {
  await waitFor(async () => expect((await shownItem()).textContent).toContain(question));
}
