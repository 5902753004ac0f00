import { duration } from "../shared/time";

export interface Countdown {
  text: string;
  level: "calm" | "soon" | "now";
}

const SOON_SECONDS = 90;
const NOW_SECONDS = 30;

/** What is left until a deadline. `now_ms` is by the server's clock. */
export function countdown(deadline: string, now_ms: number): Countdown {
  const left = (Date.parse(deadline) - now_ms) / 1000;
  if (left <= 0) return { text: "overdue", level: "now" };
  const level = left <= NOW_SECONDS ? "now" : left <= SOON_SECONDS ? "soon" : "calm";
  return { text: `${duration(left)} left`, level };
}

/** Seconds since `at`. `now_ms` is by the server's clock. */
export function secondsSince(at: string, now_ms: number): number {
  return Math.max(0, (now_ms - Date.parse(at)) / 1000);
}
