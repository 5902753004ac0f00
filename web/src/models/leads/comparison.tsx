import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import type { Schemas } from "../../live/http";
import { goTo, PATHS } from "../places";
import { neededOf, toldOf } from "./comparison_words";

interface ComparisonProps {
  comparison: Schemas["Comparison"];
  /** People are at it. */
  going: boolean;
}

/** How far people are in comparing, and what came of it once they are done. */
export default function Comparison({ comparison, going }: ComparisonProps) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Which of two answers is better, the candidate’s or the live model’s: who decides is not told which is which."
        >
          Blind comparison
        </Header>
      }
    >
      {going ? <Going comparison={comparison} /> : <Outcome comparison={comparison} />}
    </Container>
  );
}

function Going({ comparison }: { comparison: Schemas["Comparison"] }) {
  const { done, of_questions } = comparison;
  const needed = neededOf(comparison);
  return (
    <>
      <ProgressBar
        label="Compared so far"
        value={needed ? Math.min(100, (100 * done) / needed) : 100}
        additionalInfo={`${done.toLocaleString()} of ${needed.toLocaleString()} pairs, or more: pairs that are the same to people tell nothing, and others take their place. The answers to ${of_questions.toLocaleString()} questions differ. What people chose is shown when it is over, so that nobody is influenced.`}
      />
      <Link
        href={PATHS.compare}
        onFollow={(event) => {
          event.preventDefault();
          goTo("compare");
        }}
      >
        Compare answers
      </Link>
    </>
  );
}

function Outcome({ comparison }: { comparison: Schemas["Comparison"] }) {
  const { pairs, of_questions, better, worse, same } = comparison;
  const all = toldOf(comparison);
  if (!all) return <Box>It was not compared to the end.</Box>;
  const counts = [
    ["The candidate’s answer is better", better],
    ["The live model’s answer is better", worse],
    ["No difference", same],
  ] as const;
  return (
    <>
      <dl className="outcome">
        {counts.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <strong>{count.toLocaleString()}</strong> of {all.toLocaleString()}
              <meter aria-hidden min={0} max={all} value={count} />
            </dd>
          </div>
        ))}
      </dl>
      {of_questions < pairs && (
        <Box color="text-body-secondary" fontSize="body-s">
          Only {of_questions.toLocaleString()} answers differ, and {pairs.toLocaleString()} pairs
          have to be told apart to see the difference that the policy names: it had to be plainer.
        </Box>
      )}
    </>
  );
}
