import "./workplace.css";
import Box from "@cloudscape-design/components/box";
import ErrorBoundary from "@cloudscape-design/components/error-boundary";
import LiveRegion from "@cloudscape-design/components/live-region";
import Tabs from "@cloudscape-design/components/tabs";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import type { DeskSession, DeskSnapshot } from "../live/desk_session";
import type { Schemas } from "../live/http";
import { type Columns, NO_COLUMNS } from "./columns";
import ConversationColumn, { type ColumnHandle } from "./conversation_column";
import { customerWords } from "./escalation_words";
import { useNarrow } from "./narrow";
import QueuePanel, { type QueueHandle } from "./queue_panel";
import { sectionsOf } from "./queue_sections";
import { actionOf } from "./shortcuts";
import type { TypedTexts } from "./typed_texts";

export interface WorkplaceHandle {
  /** Open a conversation, and go to it. */
  open(conversation_id: string): void;
}

interface WorkplaceProps {
  snapshot: DeskSnapshot;
  settings: Schemas["DeskSettings"];
  session: DeskSession;
  texts: TypedTexts;
  apple: boolean;
  columns: Columns;
  /** The escalation that an e-mail's link was about. */
  linked: string | null;
  /** The newest call, in words, for who does not see the queue. */
  announcement: string;
  onOpen: (conversation_id: string) => void;
  onClose: (conversation_id: string) => void;
  onSound: () => void;
  ref?: Ref<WorkplaceHandle>;
}

const QUEUE_TAB = "queue";

/** The queue, and beside it the conversations that are open. */
export default function Workplace(props: WorkplaceProps) {
  const { snapshot, settings, session, texts, apple, columns, linked, announcement } = props;
  const { onOpen, onClose, onSound, ref } = props;
  const narrow = useNarrow();
  const queue = useRef<QueueHandle>(null);
  const handles = useRef(new Map<string, ColumnHandle>());
  const [tab, setTab] = useState(columns.active ?? QUEUE_TAB);
  const known = useRef<Columns>(NO_COLUMNS);

  const shown = columns.ids.flatMap((id) => snapshot.opened[id] ?? []);
  const { waiting } = sectionsOf(snapshot.queue, settings.me.user);

  // A column that has come gets the focus; when one is closed, the one that takes its place does.
  useEffect(() => {
    const before = known.current;
    known.current = columns;
    if (before === columns || before === NO_COLUMNS) return;
    if (columns.ids.length === before.ids.length) return; // another one is worked in
    const { active } = columns;
    setTab(active ?? QUEUE_TAB);
    requestAnimationFrame(() => {
      if (active) handles.current.get(active)?.focus();
      else queue.current?.focus();
    });
  }, [columns]);

  /** Opened again: it stands there already, perhaps behind another tab. */
  const open = (id: string) => {
    onOpen(id);
    setTab(id);
    requestAnimationFrame(() => handles.current.get(id)?.focus());
  };
  useImperativeHandle(ref, () => ({ open }));

  const act = useRef<(event: KeyboardEvent) => void>(() => {});
  act.current = (event) => {
    const action = actionOf(event, apple);
    if (!action) return;
    event.preventDefault();
    const working = workedIn() ?? columns.active;
    const handle = working ? handles.current.get(working) : undefined;
    if (typeof action === "object") {
      const id = columns.ids[action.column - 1];
      if (id) open(id);
    } else if (action === "queue") {
      setTab(QUEUE_TAB);
      requestAnimationFrame(() => queue.current?.focus());
    } else if (action === "message") handle?.focusMessage();
    else if (action === "take_over") handle?.takeOver();
    else if (action === "replies") handle?.focusReplies();
    else if (action === "close_column" && working) onClose(working);
    else if (action === "sound") onSound();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => act.current(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);

  const panel = (
    <QueuePanel
      ref={queue}
      snapshot={snapshot}
      me={settings.me.user}
      open={columns.ids}
      onOpen={open}
    />
  );
  const column = (id: string) => {
    const opened = snapshot.opened[id];
    return (
      opened && (
        <ErrorBoundary key={id} onError={() => {}}>
          <ConversationColumn
            ref={(handle) => {
              if (handle) handles.current.set(id, handle);
              else handles.current.delete(id);
            }}
            opened={opened}
            snapshot={snapshot}
            settings={settings}
            session={session}
            texts={texts}
            apple={apple}
            linked={linked}
            onClose={() => onClose(id)}
            onActive={() => columns.active !== id && onOpen(id)}
          />
        </ErrorBoundary>
      )
    );
  };

  return (
    <div className={narrow ? "workplace workplace-narrow" : "workplace"}>
      <LiveRegion hidden>{announcement}</LiveRegion>
      {narrow ? (
        <Tabs
          ariaLabel="Queue and conversations"
          fitHeight
          disableContentPaddings
          activeTabId={columns.ids.includes(tab) ? tab : QUEUE_TAB}
          onChange={({ detail }) => setTab(detail.activeTabId)}
          i18nStrings={{ scrollLeftAriaLabel: "Back", scrollRightAriaLabel: "Further" }}
          tabs={[
            {
              id: QUEUE_TAB,
              label: waiting.length ? `Queue (${waiting.length})` : "Queue",
              content: <div className="workplace-queue">{panel}</div>,
            },
            ...shown.map(({ conversation_id, background }) => ({
              id: conversation_id,
              label: background ? customerWords(background.customer_id) : "…",
              content: <div className="workplace-one">{column(conversation_id)}</div>,
            })),
          ]}
        />
      ) : (
        <>
          <div className="workplace-queue">{panel}</div>
          <div className="workplace-columns">
            {columns.ids.length ? (
              columns.ids.map((id) => (
                <div className="workplace-column" key={id}>
                  {column(id)}
                </div>
              ))
            ) : (
              <Box padding="xxl" textAlign="center" color="text-body-secondary">
                Choose a conversation from the queue. Opening one decides nothing.
              </Box>
            )}
          </div>
        </>
      )}
    </div>
  );
}

/** The conversation whose column has the focus. */
function workedIn(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-conversation]")?.dataset.conversation;
}
