import DateInput from "@cloudscape-design/components/date-input";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import { useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import FormDialog from "../../shared/form_dialog";
import { attempted, tooLong } from "../../shared/notes";
import { dayOf, endOf } from "./expiry";
import Meanwhile, { changedFields, type Field } from "./meanwhile";

type Article = Schemas["Article"];

interface EditDialogProps {
  article: Article;
  /** To choose from; empty: free text. */
  product_areas: readonly string[];
  server: Pick<ReviewServer, "editArticle" | "articleNow">;
  onEdited: (article: Article) => void;
  /** It was changed by somebody else: as it is now; null: withdrawn. */
  onChanged: (article: Article | null) => void;
  onClose: () => void;
}

const LONGEST_TEXT = 8000;
const LONGEST_AREA = 100;
type TextField = Exclude<Field, "status">;
const NO_AREA = { value: "", label: "None" };

/** An article's texts, product area and last day. */
export default function EditDialog(props: EditDialogProps) {
  const { product_areas, server, onEdited, onChanged, onClose } = props;
  /** What the changes are to. */
  const [article, setArticle] = useState(props.article);
  const [question, setQuestion] = useState(article.question);
  const [answer, setAnswer] = useState(article.answer);
  const [area, setArea] = useState(article.product_area);
  const [day, setDay] = useState(() => lastDay(article));
  const [asked, setAsked] = useState(false);
  const first = useRef<TextareaProps.Ref>(null);

  const kept_day = lastDay(article);
  const expires_at = day ? endOf(day) : null;
  const problems = {
    question: question.trim() ? tooLong(question, LONGEST_TEXT) : "Write a question.",
    answer: answer.trim() ? tooLong(answer, LONGEST_TEXT) : "Write an answer.",
    area: tooLong(area, LONGEST_AREA),
    day:
      day === kept_day || expires_at !== undefined
        ? undefined
        : "Enter a day to come, as YYYY/MM/DD.",
  };
  const take = (from: Article) => ({
    question: () => setQuestion(from.question),
    answer: () => setAnswer(from.answer),
    product_area: () => setArea(from.product_area),
    expires_at: () => setDay(lastDay(from)),
  });
  const mine: TextField[] = [];
  if (question.trim() !== article.question) mine.push("question");
  if (answer.trim() !== article.answer) mine.push("answer");
  if (area !== article.product_area) mine.push("product_area");
  if (day !== kept_day) mine.push("expires_at");
  /** What was not touched here follows; what was stays, beside the one of now. */
  const follow = async () => {
    const now = await server.articleNow(article);
    onChanged(now);
    if (!now) return;
    for (const field of changedFields(article, now)) {
      if (field !== "status" && !mine.includes(field)) take(now)[field]();
    }
    setArticle(now);
  };
  const shown = (problem: string | undefined) => (asked ? problem : undefined);

  return (
    <FormDialog
      header="Edit the article"
      effect={
        article.status === "published"
          ? "The assistant cites it as you leave it here, in your responsibility."
          : "Nothing is published by this."
      }
      first={first}
      confirm="Save"
      check={() => {
        setAsked(true);
        return Object.values(problems).every((problem) => problem === undefined);
      }}
      onConfirm={() =>
        attempted(async () => {
          const change: Schemas["EditArticle"] = { revision: article.revision };
          if (mine.includes("question")) change.question = question.trim();
          if (mine.includes("answer")) change.answer = answer.trim();
          if (mine.includes("product_area")) change.product_area = area;
          // What is left out stays as it is: null says never.
          if (mine.includes("expires_at")) change.expires_at = expires_at ?? null;
          onEdited(await server.editArticle(article.article_id, change));
        }, follow)
      }
      onClose={onClose}
    >
      {article !== props.article && (
        <Meanwhile
          before={props.article}
          after={article}
          take={{
            among: mine,
            onTake: (field) => field !== "status" && take(article)[field](),
          }}
        />
      )}
      <FormField stretch label="Question" errorText={shown(problems.question)}>
        <Textarea
          ref={first}
          value={question}
          rows={3}
          onChange={({ detail }) => setQuestion(detail.value)}
        />
      </FormField>
      <FormField stretch label="Answer" errorText={shown(problems.answer)}>
        <Textarea value={answer} rows={6} onChange={({ detail }) => setAnswer(detail.value)} />
      </FormField>
      <FormField label="Product area – optional" errorText={shown(problems.area)}>
        {product_areas.length ? (
          <Select
            selectedOption={area ? { value: area, label: area } : NO_AREA}
            options={[NO_AREA, ...product_areas.map((one) => ({ value: one, label: one }))]}
            onChange={({ detail }) => setArea(detail.selectedOption.value ?? "")}
          />
        ) : (
          <Input value={area} onChange={({ detail }) => setArea(detail.value)} />
        )}
      </FormField>
      <FormField
        label="Expires – optional"
        description="On its last day the assistant still cites it. Empty: never."
        errorText={shown(problems.day)}
      >
        <DateInput
          value={day}
          placeholder="YYYY/MM/DD"
          onChange={({ detail }) => setDay(detail.value)}
        />
      </FormField>
    </FormDialog>
  );
}

function lastDay({ expires_at }: Article): string {
  return expires_at ? dayOf(expires_at) : "";
}
