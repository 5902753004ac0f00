import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import type { Schemas } from "../../live/http";
import { Asked } from "../../shared/exchange";
import { PlainText } from "../../shared/plain_text";
import { difference, score } from "./figures";

type Sample = Schemas["BeforeAfter"];

/** So many are shown at first. */
const FEW = 4;

interface BeforeAfterProps {
  samples: readonly Sample[];
  /** It is being judged: whoever had read these would know which answer is whose. */
  blind: boolean;
}

/** What the live model and the candidate answer to the same question, side by side: as text. */
export default function BeforeAfter({ samples, blind }: BeforeAfterProps) {
  const [all, setAll] = useState(false);
  const shown = all ? samples : samples.slice(0, FEW);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Answers to questions of the test: where the judge sees the largest gains and losses. It predicts how people would rate them."
        >
          Before and after
        </Header>
      }
    >
      {samples.length === 0 ? (
        <Box>
          {blind
            ? "Shown when the comparison is over: leads compare as well, and compare blind."
            : "There are no answers to show."}
        </Box>
      ) : (
        <ul className="samples" aria-label="Before and after">
          {shown.map((sample) => (
            <li key={sample.prompt_id}>
              <SampleView sample={sample} />
            </li>
          ))}
        </ul>
      )}
      {shown.length < samples.length && (
        <div className="samples-more">
          <Button onClick={() => setAll(true)}>{`Show all ${samples.length}`}</Button>
        </div>
      )}
    </Container>
  );
}

function SampleView({ sample }: { sample: Sample }) {
  const { question, context, live, candidate, live_rating, candidate_rating, topic } = sample;
  const gain =
    live_rating !== null && candidate_rating !== null ? candidate_rating - live_rating : null;
  return (
    <article className="exchange sample" aria-label={`Question: ${question.slice(0, 80)}`}>
      <Asked question={question} context={context} />
      <div className="sample-answers">
        <Answer name="Live model" text={live} rating={live_rating} />
        <Answer name="Candidate" text={candidate} rating={candidate_rating} />
      </div>
      <Box color="text-body-secondary" fontSize="body-s">
        {gain !== null && `Predicted difference: ${difference(gain)}. `}
        Topic: {topic || "none"}
      </Box>
    </article>
  );
}

function Answer({ name, text, rating }: { name: string; text: string; rating: number | null }) {
  return (
    <section className="exchange-answer">
      <h3>
        {name}
        {rating !== null && <span className="sample-rating">{score(rating)}</span>}
      </h3>
      {text ? <PlainText text={text} /> : <em>No answer</em>}
    </section>
  );
}
