import type { Schemas } from "../live/http";

/** A day's figures for tests, with what matters to one of them put in its place. */
export function fakeOverview(changes: Partial<Schemas["Overview"]> = {}): Schemas["Overview"] {
  return {
    from: "2026-11-22T23:00:00Z",
    to: "2026-11-23T23:00:00Z",
    conversations: 42,
    with_person: 9,
    share: 9 / 42,
    escalations: 11,
    reasons: [
      { trigger: "wants_person", count: 7 },
      { trigger: "no_grounding", count: 4 },
    ],
    claimed: 8,
    expired: 1,
    open: 2,
    claim_seconds: { count: 8, median: 42.3, p95: 245 },
    resolve_seconds: { count: 7, median: 612.4, p95: 4021 },
    hours: [
      { start: "2026-11-23T08:00:00Z", conversations: 30, escalations: 8 },
      { start: "2026-11-23T09:00:00Z", conversations: 12, escalations: 3 },
    ],
    ratings: { stars: [1, 0, 0, 2, 3], average: 4, thumbs_up: 31, thumbs_down: 4 },
    ...changes,
  };
}

/** What an empty day looks like. */
export const NOTHING: Partial<Schemas["Overview"]> = {
  conversations: 0,
  with_person: 0,
  share: null,
  escalations: 0,
  reasons: [],
  claimed: 0,
  expired: 0,
  open: 0,
  claim_seconds: null,
  resolve_seconds: null,
  hours: [{ start: "2026-11-23T08:00:00Z", conversations: 0, escalations: 0 }],
  ratings: { stars: [0, 0, 0, 0, 0], average: null, thumbs_up: 0, thumbs_down: 0 },
};
