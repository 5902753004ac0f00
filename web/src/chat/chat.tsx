import "./chat.css";
import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { TurnSent } from "../contracts/frames";
import type { CustomerSession } from "../live/customer_session";
import { Announcer } from "./announcer";
import { ChatHeader } from "./chat_header";
import { ClosedPanel } from "./closed_panel";
import { Composer } from "./composer";
import type { Draft } from "./draft";
import { useNewTurns } from "./new_turns";
import { Opening } from "./opening";
import { usePage } from "./page_context";
import { loadMarkdown } from "./rich_text";
import { useSettings } from "./settings";
import { TalkToPerson } from "./talk_to_person";
import { Transcript } from "./transcript";
import { Trouble } from "./trouble";
import { TypingLine } from "./typing_line";
import { WaitingPanel } from "./waiting_panel";

/** The policy's default; the server decides. */
const MAX_MESSAGE_CHARS = 4_000;

/** What the page does with a conversation. */
export type ChatSession = Pick<
  CustomerSession,
  | "subscribe"
  | "current"
  | "settings"
  | "send"
  | "retry"
  | "discard"
  | "askForPerson"
  | "thumb"
  | "rate"
  | "close"
  | "reopen"
  | "startAnew"
  | "typing"
  | "tryAgain"
  | "dismissProblem"
>;

interface ChatProps {
  session: ChatSession;
  draft: Draft;
  /** Whether a person can be called, as far as is known before the settings are there. */
  person: boolean;
  /** Each other value puts the cursor where one writes. */
  focusRequest: number;
  /** Turns of others have come. */
  onNews?: (turns: TurnSent[]) => void;
  /** Given where the page is shown in a frame that can be closed. */
  onClose?: () => void;
}

/** A customer's conversation with the assistant and with people. */
export function Chat({ session, draft, person, focusRequest, onNews, onClose }: ChatProps) {
  const { words } = usePage();
  const snapshot = useSyncExternalStore(session.subscribe, session.current);
  const settings = useSettings(useCallback(() => session.settings(), [session]));
  const [ending, setEnding] = useState(false);
  const [suggested, setSuggested] = useState(0);
  const { conversation, link, rated } = snapshot;
  const { owner, turns, conversation_id } = conversation;
  const begun = conversation_id !== null;
  const reading = !begun && link !== "idle";
  const title = settings?.title ?? words.chat;

  useEffect(() => {
    document.title = title;
  }, [title]);

  useEffect(() => {
    if (begun) void loadMarkdown();
  }, [begun]);

  useNewTurns(conversation, (news) => onNews?.(news));

  async function end() {
    setEnding(true);
    await session.close();
    setEnding(false);
  }

  function ask(suggestion: string) {
    void session.send(suggestion);
    // What was pressed is gone: go on where one writes.
    setSuggested((count) => count + 1);
  }

  const onThumb = useCallback(
    (turn_id: string, thumb: "up" | "down", reason?: string) =>
      void session.thumb(turn_id, thumb, reason),
    [session],
  );
  const onRate = (stars: number, reason: string) => session.rate(stars, reason);
  const answers = turns.filter(({ author }) => author === "assistant" || author === "expert");

  return (
    <div className="chat">
      <ChatHeader
        title={title}
        conversation={reading ? null : conversation}
        person={
          (settings?.person ?? person) && (
            <TalkToPerson conversation={conversation} onAsk={() => session.askForPerson()} />
          )
        }
        onClose={onClose}
      >
        {owner === "closed" && (
          <Button variant="inline-link" onClick={() => session.startAnew()}>
            {words.newConversation}
          </Button>
        )}
        {begun && owner !== "closed" && (
          <Button variant="inline-link" loading={ending} onClick={() => void end()}>
            {words.endConversation}
          </Button>
        )}
      </ChatHeader>
      <main className="chat-main">
        <Transcript
          conversation={
            settings?.assistant === false ? { ...conversation, answering: false } : conversation
          }
          thumbs={snapshot.thumbs}
          rated={rated}
          onThumb={onThumb}
          onRetry={(client_id) => void session.retry(client_id)}
          onDiscard={(client_id) => session.discard(client_id)}
          onRate={onRate}
        >
          {reading ? (
            <StatusIndicator type="loading">{words.loadingConversation}</StatusIndicator>
          ) : (
            settings && <Opening settings={settings} onAsk={ask} />
          )}
        </Transcript>
        <div className="chat-foot">
          <div role="status">
            <Trouble
              snapshot={snapshot}
              onTryAgain={() => void session.tryAgain()}
              onDismiss={() => session.dismissProblem()}
            />
          </div>
          {owner === "waiting" && (
            <WaitingPanel
              waiting={conversation.waiting}
              clock_offset_ms={snapshot.clock_offset_ms}
            />
          )}
          {owner === "closed" ? (
            <ClosedPanel
              rated={rated !== null && (answers.at(-1)?.seq ?? 0) <= rated.seq}
              onRate={onRate}
              onContinue={() => session.reopen()}
              onBeginAnew={() => session.startAnew()}
            />
          ) : (
            <>
              {owner === "expert" && <TypingLine conversation={conversation} />}
              <Composer
                draft={draft}
                max_message_chars={settings?.max_message_chars ?? MAX_MESSAGE_CHARS}
                onSend={(text) => void session.send(text)}
                onTyping={() => session.typing()}
                focusRequest={focusRequest + suggested}
              />
            </>
          )}
        </div>
      </main>
      <Announcer conversation={conversation} />
    </div>
  );
}
