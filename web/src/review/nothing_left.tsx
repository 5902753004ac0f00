import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import type { Ref } from "react";
import type { Schemas } from "../live/http";
import type { ReviewServer } from "../live/review_server";
import Fate from "./fate";

interface NothingLeftProps {
  server: Pick<ReviewServer, "fate">;
  progress: Schemas["Progress"] | null;
  undoing: boolean;
  /** Whether models are trained in this deployment: there may be answers to compare. */
  models: boolean;
  onUndo: () => void;
  ref?: Ref<HTMLElement>;
}

/** Nothing to rate: when there will be something again, and what came of it so far. */
export default function NothingLeft(props: NothingLeftProps) {
  const { server, progress, undoing, models, onUndo, ref } = props;
  const left = progress?.left ?? 0;
  return (
    <section className="nothing-left" aria-labelledby="nothing-left" tabIndex={-1} ref={ref}>
      <h2 id="nothing-left">Nothing to rate right now</h2>
      <p>
        {left > 0
          ? `The last ${left === 1 ? "item is" : `${left.toLocaleString()} items are`} before other reviewers. What they leave comes here.`
          : "You have seen all that there is for you. A new labelling job starts as soon as enough answers wait, and on schedule."}{" "}
        This page looks again by itself; the next item appears here.
      </p>
      {models && (
        <p>
          <Link href="/models/compare" fontSize="inherit">
            Compare answers of two models
          </Link>{" "}
          meanwhile, if there are any to compare.
        </p>
      )}
      {progress?.can_undo && (
        <Button loading={undoing} onClick={onUndo}>
          Undo the last one
        </Button>
      )}
      <h2>What became of your ratings</h2>
      <Fate server={server} />
    </section>
  );
}
