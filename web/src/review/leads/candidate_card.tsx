import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import { useState } from "react";
import { refusalOf, type Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import { Exchange } from "../../shared/exchange";
import { tooLong } from "../../shared/notes";
import { PlainText } from "../../shared/plain_text";
import { readable } from "../../shared/readable";
import { moment } from "../../shared/time";
import { labelOf } from "../labels";

type Candidate = Schemas["CandidateView"];
type Decision = Schemas["Adjudicate"]["decision"];

interface CandidateCardProps {
  candidate: Candidate;
  settings: Schemas["ReviewSettings"];
  server: Pick<ReviewServer, "adjudicate">;
  /** `after` as of the answer: what had been in a test stays there as it was. */
  onDecided: (decision: Decision, after: Candidate) => void;
}

const RULES: Record<Schemas["Label"]["rule"], string> = {
  median: "median",
  debiased_mean: "mean without reviewers’ bias",
  adjudicated: "decided by a lead",
};

/** A candidate with what was said of it, and the lead's decision. */
export default function CandidateCard(props: CandidateCardProps) {
  const { candidate, settings, server, onDecided } = props;
  const [rating, setRating] = useState<number | null>(null);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState<Decision | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const decide = async (decision: Decision) => {
    if (busy || tooLong(note)) return;
    if (decision === "label" && rating === null) {
      setProblem("Choose the rating first.");
      return;
    }
    setBusy(decision);
    setProblem(null);
    try {
      const { candidate_id } = candidate;
      const given = decision === "label" ? rating : null;
      const asked = { candidate_id, decision, rating: given, note: note.trim() };
      onDecided(decision, await server.adjudicate(asked));
    } catch (error) {
      setProblem(refusalOf(error).message);
      setBusy(null);
    }
  };

  return (
    <article
      className="leads-card"
      data-candidate={candidate.candidate_id}
      aria-label={`Candidate: ${candidate.question.slice(0, 80)}`}
      tabIndex={-1}
    >
      <Exchange {...candidate} />
      <Facts candidate={candidate} />
      {candidate.ratings.length > 0 && <Ratings candidate={candidate} settings={settings} />}
      <div className="leads-decision">
        {problem && (
          <div role="alert">
            <Alert type="error">{problem}</Alert>
          </div>
        )}
        <FormField label="Your rating">
          <SegmentedControl
            label="Your rating"
            selectedId={rating === null ? null : String(rating)}
            options={settings.labels.map((one) => ({
              id: String(one.rating),
              text: `${one.rating} – ${one.label}`,
            }))}
            onChange={({ detail }) => {
              setRating(Number(detail.selectedId));
              setProblem(null);
            }}
          />
        </FormField>
        <FormField stretch label="Note – optional" errorText={tooLong(note)}>
          <Input value={note} onChange={({ detail }) => setNote(detail.value)} />
        </FormField>
        <div className="leads-actions">
          <Button variant="primary" loading={busy === "label"} onClick={() => void decide("label")}>
            Label it
          </Button>
          <Button loading={busy === "return"} onClick={() => void decide("return")}>
            Let it be rated again
          </Button>
          <Button loading={busy === "discard"} onClick={() => void decide("discard")}>
            Discard it
          </Button>
        </div>
      </div>
    </article>
  );
}

function Facts({ candidate }: { candidate: Candidate }) {
  const { picks, model_id, label, note, returns, conversation_id } = candidate;
  const facts: [string, string][] = [
    ["Picked because", picks.map((pick) => readable(pick)).join(", ")],
    ["Answered by", model_id ?? "not known"],
    ["Conversation", conversation_id],
  ];
  if (label) {
    const raters = label.raters === 1 ? "one rater" : `${label.raters} raters`;
    facts.push(["Label", `${label.rating.toLocaleString()} (${RULES[label.rule]}, ${raters})`]);
  }
  if (note) facts.push(["Note", note]);
  return (
    <dl className="leads-facts">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
      {returns.length > 0 && (
        <div>
          <dt>Came back</dt>
          <dd>
            <ul>
              {returns.map((reason, index) => (
                // They are only added to.
                // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
                <li key={index}>{reason}</li>
              ))}
            </ul>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Ratings({ candidate, settings }: Pick<CandidateCardProps, "candidate" | "settings">) {
  return (
    <ul className="leads-ratings" aria-label="Ratings">
      {candidate.ratings.map((one) => (
        <li key={`${one.reviewer} ${one.at}`}>
          <span className="scale-number">{one.rating}</span>
          <div>
            <div>
              <strong>{one.name || one.reviewer}</strong>: {labelOf(settings, one.rating)},{" "}
              {moment(one.at)} {!one.counted && <Badge color="red">set aside</Badge>}
            </div>
            {one.reason && <PlainText text={one.reason} />}
            {one.better_answer && (
              <div className="leads-better">
                <span>Better answer</span>
                <PlainText text={one.better_answer} />
              </div>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
