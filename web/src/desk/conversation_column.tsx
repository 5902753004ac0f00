import "./conversation_column.css";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Skeleton from "@cloudscape-design/components/skeleton";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Ref, useId, useImperativeHandle, useRef, useState } from "react";
import type { OpenedConversation } from "../live/desk_conversation";
import type { DeskSession, DeskSnapshot } from "../live/desk_session";
import type { Schemas } from "../live/http";
import ColumnDialog, { type ColumnDialogKind } from "./column_dialog";
import ColumnHeader from "./column_header";
import ColumnNotices from "./column_notices";
import Composer, { type ComposerHandle } from "./composer";
import { customerWords, languageWords } from "./escalation_words";
import { followUpOf, holdOf } from "./hold";
import HoldLine from "./hold_line";
import { useKeptFocus } from "./kept_focus";
import LockedFooter from "./locked_footer";
import { useSetAside, useTyped } from "./snapshot";
import TurnList from "./turn_list";
import { NOTHING, type TypedTexts } from "./typed_texts";
import { usableDraft } from "./withheld_draft";
import WithheldDraftCard from "./withheld_draft_card";

export interface ColumnHandle {
  focus(): void;
  focusMessage(): void;
  focusReplies(): void;
  takeOver(): void;
}

interface ConversationColumnProps {
  opened: OpenedConversation;
  snapshot: DeskSnapshot;
  settings: Schemas["DeskSettings"];
  session: DeskSession;
  texts: TypedTexts;
  apple: boolean;
  /** The escalation that an e-mail's link was about. */
  linked: string | null;
  onClose: () => void;
  /** Something in it has the focus. */
  onActive: () => void;
  ref?: Ref<ColumnHandle>;
}

/** One conversation: what was said, who has the word, and where to write. */
export default function ConversationColumn(props: ConversationColumnProps) {
  const { opened, snapshot, settings, session, texts, apple, linked, onClose, onActive, ref } =
    props;
  const { conversation_id, background, state } = opened;
  const section = useRef<HTMLElement>(null);
  const heading = useRef<HTMLSpanElement>(null);
  const composer = useRef<ComposerHandle>(null);
  const heading_id = useId();
  const [dialog, setDialog] = useState<ColumnDialogKind | null>(null);
  const [claiming, setClaiming] = useState(false);
  useKeptFocus(section, heading);
  const typed = useTyped(texts, conversation_id);
  const draft = usableDraft(opened);
  const aside = useSetAside(texts, draft?.turn_id);

  // What was typed from a draft of an earlier call is a message like any other.
  const from_draft = typed.draft === background?.draft?.turn_id ? typed.draft : null;

  const { me } = settings;
  const hold = holdOf(opened, snapshot.queue, me.user);
  const follow_up = followUpOf(snapshot.queue, conversation_id);
  const mine = hold.kind === "mine";
  const holder = "call" in hold ? (hold.call?.claimed_by ?? null) : null;
  const may_reassign = mine || (me.lead && (hold.kind === "waiting" || holder !== null));
  const customer = background ? customerWords(background.customer_id) : "The customer";

  const claim = async () => {
    if (hold.kind !== "waiting" || claiming) return;
    setClaiming(true);
    const refusal = await session.claim(conversation_id);
    setClaiming(false);
    // After the composer has taken the button's place.
    if (!refusal) requestAnimationFrame(() => composer.current?.focus());
  };
  const send = (text: string, from_draft: string | null) => {
    void session.say(conversation_id, text, from_draft !== null);
    if (from_draft) texts.setAside(from_draft, true);
  };
  useImperativeHandle(ref, () => ({
    focus: () => heading.current?.focus(),
    focusMessage: () => (composer.current ?? heading.current)?.focus(),
    focusReplies: () => composer.current?.focusReplies(),
    takeOver: () => void claim(),
  }));

  const footer =
    state !== "ready" ? undefined : hold.kind === "mine" ? (
      <SpaceBetween size="s">
        <Composer
          ref={composer}
          customer={customer}
          typed={{ text: typed.text, draft: from_draft }}
          settings={settings}
          apple={apple}
          onChange={(after) => texts.write(conversation_id, after.text ? after : NOTHING)}
          onTyping={() => session.typing(conversation_id)}
          onSend={() => {
            send(typed.text, from_draft);
            texts.write(conversation_id, NOTHING);
          }}
        />
        <div className="column-endings">
          <Button onClick={() => setDialog("hand_back")}>Hand back …</Button>
          <Button onClick={() => setDialog("resolve")}>Resolve …</Button>
        </div>
      </SpaceBetween>
    ) : (
      <LockedFooter
        hold={hold}
        read_at={background?.read_at ?? 0}
        kept={typed.text !== ""}
        claiming={claiming}
        onClaim={() => void claim()}
        onRefresh={() => void session.refresh(conversation_id)}
      />
    );

  return (
    <section
      ref={section}
      className="column"
      aria-labelledby={heading_id}
      data-conversation={conversation_id}
      onFocusCapture={onActive}
    >
      <Container
        fitHeight
        disableContentPaddings
        header={
          <ColumnHeader
            ref={heading}
            id={heading_id}
            customer={customer}
            description={
              <span className="column-line">
                {state === "ready" && (
                  <HoldLine
                    hold={hold}
                    skew_ms={snapshot.skew_ms}
                    unanswered={snapshot.unanswered[conversation_id] ?? null}
                  />
                )}
                {background && <span>{languageWords(background.language)}</span>}
              </span>
            }
            may_reassign={may_reassign}
            has_draft_aside={draft !== null && aside}
            onChoice={(choice) => {
              if (choice === "refresh") void session.refresh(conversation_id);
              else if (choice === "draft") texts.setAside(draft?.turn_id ?? "", false);
              else setDialog(choice);
            }}
            onClose={onClose}
          />
        }
        footer={footer}
      >
        <div className="column-content">
          <div className="column-notices">
            <ColumnNotices
              opened={opened}
              follow_up={follow_up}
              linked={linked}
              onSeen={() => session.seen(conversation_id)}
              onFollowUp={() => setDialog("follow_up")}
            />
          </div>
          {state === "loading" && <Loading />}
          {state === "missing" && (
            <Box padding="m" textAlign="center">
              There is no such conversation (any more).
            </Box>
          )}
          {state === "failed" && (
            <Box padding="m">
              <Alert
                type="error"
                action={
                  <Button onClick={() => void session.refresh(conversation_id)}>Try again</Button>
                }
              >
                The conversation could not be read.
              </Alert>
            </Box>
          )}
          {state === "ready" && (
            <div className="column-turns">
              <TurnList
                opened={opened}
                customer={customer}
                me={me.name}
                onRetry={(client_id) => void session.retry(conversation_id, client_id)}
                onDiscard={(client_id) => session.discard(conversation_id, client_id)}
              >
                {draft && !aside && typed.draft !== draft.turn_id && (
                  <WithheldDraftCard
                    draft={draft}
                    mine={mine}
                    onSend={() => send(draft.text, draft.turn_id)}
                    onEdit={() => {
                      const before = typed.text.trim() ? `${typed.text}\n` : "";
                      texts.write(conversation_id, {
                        text: before + draft.text,
                        draft: draft.turn_id,
                      });
                      composer.current?.focus();
                    }}
                    onDiscard={() => texts.setAside(draft.turn_id, true)}
                  />
                )}
              </TurnList>
            </div>
          )}
        </div>
      </Container>
      {dialog && (
        <ColumnDialog
          kind={dialog}
          opened={opened}
          session={session}
          holder={holder}
          follow_up={follow_up}
          unsent={typed.text.trim() !== "" || opened.conversation.outgoing.length > 0}
          onClose={() => setDialog(null)}
        />
      )}
    </section>
  );
}

function Loading() {
  return (
    <div className="column-loading" role="status" aria-label="Loading the conversation">
      <Skeleton height="3rem" width="70%" />
      <Skeleton height="4rem" width="85%" />
      <Skeleton height="3rem" width="60%" />
    </div>
  );
}
