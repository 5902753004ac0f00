import Button from "@cloudscape-design/components/button";
import type { Schemas } from "../live/http";

interface ProgressLineProps {
  /** Null while it is awaited. */
  progress: Schemas["Progress"] | null;
  guided: boolean;
  single_keys: boolean;
  onGuidance: () => void;
}

/** The server counts no further. */
const COUNTED = 1000;

/** How far one is; and the way to the instructions. */
export default function ProgressLine(props: ProgressLineProps) {
  const { progress, guided, single_keys, onGuidance } = props;
  const count = (number: number | undefined) => number?.toLocaleString() ?? "…";
  const left = progress && progress.left >= COUNTED ? `${count(COUNTED)} or more` : null;
  return (
    <div className="progress-line">
      <dl aria-label="Progress">
        <div>
          <dt>Today</dt>
          <dd>{count(progress?.rated_today)}</dd>
        </div>
        <div>
          <dt>In all</dt>
          <dd>{count(progress?.rated)}</dd>
        </div>
        <div>
          <dt>Left</dt>
          <dd>{left ?? count(progress?.left)}</dd>
        </div>
      </dl>
      <Button
        variant="inline-link"
        ariaExpanded={guided}
        ariaControls={guided ? "guidance" : undefined}
        onClick={onGuidance}
      >
        {`${guided ? "Fold" : "Show"} instructions${single_keys ? " (I)" : ""}`}
      </Button>
    </div>
  );
}
