import type { EscalationView } from "../contracts/frames";
import type { OpenedConversation } from "../live/desk_conversation";
import type { DeskSession } from "../live/desk_session";
import EndingDialog, { type EndingKind } from "./ending_dialog";
import HistoryDialog from "./history_dialog";
import ReassignDialog from "./reassign_dialog";

export type ColumnDialogKind = EndingKind | "reassign" | "history";

interface ColumnDialogProps {
  kind: ColumnDialogKind;
  opened: OpenedConversation;
  session: DeskSession;
  /** User name of who holds the conversation. */
  holder: string | null;
  follow_up: EscalationView | null;
  /** Something was typed, or has failed, that the customer has not got. */
  unsent: boolean;
  onClose: () => void;
}

/** What is asked, or shown, before something is decided about the whole conversation. */
export default function ColumnDialog(props: ColumnDialogProps) {
  const { kind, opened, session, holder, follow_up, unsent, onClose } = props;
  const { conversation_id } = opened;
  switch (kind) {
    case "reassign":
      return (
        <ReassignDialog
          holder={holder}
          server={session.server}
          onClose={onClose}
          onConfirm={(to, note) => session.reassign(conversation_id, to, note)}
        />
      );
    case "history":
      return (
        <HistoryDialog
          conversation_id={conversation_id}
          escalations={opened.background?.escalations ?? []}
          server={session.server}
          onClose={onClose}
        />
      );
    default:
      return (
        <EndingDialog
          kind={kind}
          unsent={unsent}
          conversation_id={conversation_id}
          server={session.server}
          onClose={onClose}
          onConfirm={async (ending) => {
            if (kind === "hand_back") return await session.handBack(conversation_id, ending);
            if (kind === "resolve") return await session.resolve(conversation_id, ending);
            return follow_up ? await session.followUpDone(follow_up, ending) : null;
          }}
        />
      );
  }
}
