import FormField from "@cloudscape-design/components/form-field";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ArticleDecision, ReviewServer } from "../../live/review_server";
import FormDialog from "../../shared/form_dialog";
import { attempted, LONGEST_NOTE, tooLong } from "../../shared/notes";
import Meanwhile from "./meanwhile";

export interface Asked {
  article: Schemas["Article"];
  decision: ArticleDecision;
}

interface DecideDialogProps {
  asked: Asked;
  server: Pick<ReviewServer, "decideArticle" | "articleNow">;
  onDecided: (article: Schemas["Article"]) => void;
  /** It was changed by somebody else: as it is now; null: withdrawn. */
  onChanged: (article: Schemas["Article"] | null) => void;
  onClose: () => void;
}

const WORDS = {
  approve: {
    header: "Approve the article",
    effect:
      "It goes into the knowledge base: from then on the assistant answers from it and cites it. Read once more that it holds no customer’s data and is true for everybody.",
    confirm: "Approve",
  },
  reject: {
    header: "Reject the article",
    effect: "The assistant does not get it. It can be approved after all later.",
    confirm: "Reject",
  },
  expire: {
    header: "Expire the article",
    effect:
      "It was true once: it leaves the knowledge base, and the assistant does not cite it any more.",
    confirm: "Expire",
  },
  withdraw: {
    header: "Withdraw the article",
    effect:
      "It should not have been there: it leaves the knowledge base, and the assistant does not cite it any more.",
    confirm: "Withdraw",
  },
} as const satisfies Record<ArticleDecision, object>;

/** What becomes of an article, asked before it does. */
export default function DecideDialog(props: DecideDialogProps) {
  const { asked, server, onDecided, onChanged, onClose } = props;
  const { article, decision } = asked;
  const words = WORDS[decision];
  const [note, setNote] = useState("");
  const [now, setNow] = useState(article);
  const first = useRef<TextareaProps.Ref>(null);
  return (
    <FormDialog
      header={words.header}
      effect={words.effect}
      first={first}
      confirm={now === article ? words.confirm : `${words.confirm} as it is now`}
      check={() => note.length <= LONGEST_NOTE}
      onConfirm={() =>
        attempted(
          async () => onDecided(await server.decideArticle(now, decision, note.trim())),
          async () => {
            const found = await server.articleNow(now);
            if (found) setNow(found);
            onChanged(found);
          },
        )
      }
      onClose={onClose}
    >
      {now !== article && <Meanwhile before={article} after={now} />}
      <FormField
        stretch
        label="Note – optional"
        description="Why; other leads see it."
        errorText={tooLong(note)}
      >
        <Textarea
          ref={first}
          value={note}
          rows={2}
          onChange={({ detail }) => setNote(detail.value)}
        />
      </FormField>
    </FormDialog>
  );
}
