import Link from "@cloudscape-design/components/link";
import type { Ref } from "react";
import type { Schemas } from "../../live/http";

interface NothingToCompareProps {
  progress: Schemas["CompareProgress"] | null;
  /** Whether answers are rated in this deployment. */
  review: boolean;
  ref?: Ref<HTMLElement>;
}

/** Nothing to compare: why, and when there will be something again. */
export default function NothingToCompare({ progress, review, ref }: NothingToCompareProps) {
  return (
    <section className="nothing-left" aria-labelledby="nothing-to-compare" tabIndex={-1} ref={ref}>
      <h2 id="nothing-to-compare">Nothing to compare right now</h2>
      <p>{why(progress)} This page looks again by itself; the next pair appears here.</p>
      {review && (
        <p>
          <Link href="/review" fontSize="inherit">
            Rate answers
          </Link>{" "}
          meanwhile: ratings are what models learn from.
        </p>
      )}
    </section>
  );
}

function why(progress: Schemas["CompareProgress"] | null): string {
  const left = progress ? progress.pairs - progress.done : 0;
  if (left > 0) {
    return `The last ${left === 1 ? "pair is" : `${left.toLocaleString()} pairs are`} before other reviewers. What they leave comes here.`;
  }
  if (progress && progress.pairs > 0) {
    return "All pairs are decided. A lead sees what came of it.";
  }
  return "Pairs come when a newly trained model has passed its measurements: then people say whether its answers are better.";
}
