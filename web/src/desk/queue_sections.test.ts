import { describe, expect, it } from "vitest";
import type { EscalationView } from "../contracts/frames";
import { NO_QUEUE, withEscalation } from "../live/desk_queue";
import { sectionsOf } from "./queue_sections";

function escalation(escalation_id: string, change: Partial<EscalationView>): EscalationView {
  return {
    escalation_id,
    conversation_id: `c-${escalation_id}`,
    status: "waiting",
    trigger: "wants_person",
    reason: "",
    customer_id: "guest:1",
    language: "en",
    requested_at: "2026-11-23T10:00:00Z",
    tier: "primary",
    deadline: "2026-11-23T10:05:00Z",
    claimed_by: null,
    claimed_name: null,
    claimed_at: null,
    assigned_to: null,
    follow_up: false,
    outcome: null,
    ended_at: null,
    waiting_seconds: 0,
    ...change,
  };
}

function sections(...escalations: EscalationView[]) {
  const { waiting, mine, colleagues, follow_ups } = sectionsOf(
    escalations.reduce(withEscalation, NO_QUEUE),
    "ana",
  );
  const ids = (list: readonly EscalationView[]) => list.map((one) => one.escalation_id);
  return {
    waiting: ids(waiting),
    mine: ids(mine),
    colleagues: ids(colleagues),
    follow_ups: ids(follow_ups),
  };
}

describe("the queue as an expert reads it", () => {
  it("has the nearest deadline first, then the longest wait", () => {
    const deadline = "2026-11-23T10:03:00Z";
    const { waiting } = sections(
      escalation("late", {}),
      escalation("younger", { deadline, requested_at: "2026-11-23T10:01:00Z" }),
      escalation("older", { deadline }),
    );
    expect(waiting).toEqual(["older", "younger", "late"]);
  });

  it("has what is meant for this person before all else", () => {
    const { waiting } = sections(
      escalation("urgent", { deadline: "2026-11-23T10:00:10Z" }),
      escalation("for_bo", { assigned_to: "bo", deadline: "2026-11-23T10:00:20Z" }),
      escalation("for_me", { assigned_to: "ana" }),
    );
    expect(waiting).toEqual(["for_me", "urgent", "for_bo"]);
  });

  it("has what has no deadline yet behind the others", () => {
    const requested_at = "2026-11-23T09:00:00Z";
    const { waiting } = sections(
      escalation("new", { status: "requested", deadline: null, requested_at }),
      escalation("called", {}),
    );
    expect(waiting).toEqual(["called", "new"]);
  });

  it("tells mine from my colleagues' and from what has to be followed up", () => {
    const claimed = { status: "claimed", deadline: null };
    expect(
      sections(
        escalation("a", { ...claimed, claimed_by: "ana" }),
        escalation("b", { ...claimed, claimed_by: "bo" }),
        escalation("c", { status: "expired", follow_up: true }),
        escalation("d", { status: "expired", follow_up: false }),
      ),
    ).toEqual({ waiting: [], mine: ["a"], colleagues: ["b"], follow_ups: ["c"] });
  });
});
