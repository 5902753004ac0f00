import "./queue_panel.css";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type KeyboardEvent, type ReactNode, type Ref, useImperativeHandle, useRef } from "react";
import type { EscalationView } from "../contracts/frames";
import type { DeskSnapshot } from "../live/desk_session";
import QueueEntry from "./queue_entry";
import { sectionsOf } from "./queue_sections";

export interface QueueHandle {
  /** To the first entry, or to the heading of an empty queue. */
  focus(): void;
}

interface QueuePanelProps {
  snapshot: Pick<DeskSnapshot, "queue" | "queue_read" | "skew_ms" | "unanswered">;
  me: string;
  /** Conversations that stand in columns. */
  open: readonly string[];
  onOpen: (conversation_id: string) => void;
  ref?: Ref<QueueHandle>;
}

/** Who waits, whom I help, whom colleagues help, and who has to be got back to; live. */
export default function QueuePanel({ snapshot, me, open, onOpen, ref }: QueuePanelProps) {
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLSpanElement>(null);
  useImperativeHandle(ref, () => ({
    focus: () => (entriesOf(panel.current)[0] ?? heading.current)?.focus(),
  }));
  const { queue, queue_read, skew_ms, unanswered } = snapshot;
  const { waiting, mine, colleagues, follow_ups } = sectionsOf(queue, me);
  const list = (label: string, escalations: readonly EscalationView[]) => (
    <ul className="queue-list" aria-label={label}>
      {escalations.map((escalation) => (
        <li key={escalation.escalation_id} data-queue-entry="">
          <QueueEntry
            escalation={escalation}
            me={me}
            skew_ms={skew_ms}
            unanswered={unanswered[escalation.conversation_id] ?? null}
            open={open.includes(escalation.conversation_id)}
            onOpen={() => onOpen(escalation.conversation_id)}
          />
        </li>
      ))}
    </ul>
  );
  return (
    <nav
      className="queue-panel"
      aria-label="Queue"
      ref={panel}
      onKeyDown={(event) => moveBy(event, panel.current)}
    >
      <SpaceBetween size="l">
        <Section
          heading={
            <span ref={heading} tabIndex={-1}>
              Waiting
            </span>
          }
          count={waiting.length}
        >
          {!queue_read ? (
            <Skeletons />
          ) : waiting.length ? (
            list("Waiting", waiting)
          ) : (
            <Box color="text-body-secondary">Nobody is waiting.</Box>
          )}
        </Section>
        <Section heading="Mine" count={mine.length}>
          {!queue_read ? (
            <Skeletons />
          ) : mine.length ? (
            list("Mine", mine)
          ) : (
            <Box color="text-body-secondary">You hold no conversation.</Box>
          )}
        </Section>
        {colleagues.length > 0 && (
          <ExpandableSection
            headerText={`Held by colleagues (${colleagues.length})`}
            headingTagOverride="h2"
            variant="footer"
          >
            {list("Held by colleagues", colleagues)}
          </ExpandableSection>
        )}
        {follow_ups.length > 0 && (
          <ExpandableSection
            headerText={`Follow-ups (${follow_ups.length})`}
            headingTagOverride="h2"
            variant="footer"
            defaultExpanded
          >
            {list("Follow-ups", follow_ups)}
          </ExpandableSection>
        )}
      </SpaceBetween>
    </nav>
  );
}

function Section(props: { heading: ReactNode; count: number; children: ReactNode }) {
  const { heading, count, children } = props;
  return (
    <section>
      <SpaceBetween size="xs">
        <Header variant="h2" counter={count ? `(${count})` : undefined}>
          {heading}
        </Header>
        {children}
      </SpaceBetween>
    </section>
  );
}

function Skeletons() {
  return (
    <div role="status" aria-label="Loading">
      <SpaceBetween size="xs">
        <Skeleton height="5rem" />
        <Skeleton height="5rem" />
      </SpaceBetween>
    </div>
  );
}

function entriesOf(panel: HTMLElement | null): HTMLElement[] {
  return [...(panel?.querySelectorAll<HTMLElement>("[data-queue-entry] button") ?? [])];
}

function moveBy(event: KeyboardEvent, panel: HTMLElement | null): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!step) return;
  const entries = entriesOf(panel);
  const at = entries.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  entries[at + step]?.focus();
}
