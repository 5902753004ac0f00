import type { Schemas } from "../../live/http";

/** How far the comparison is; nothing of what came of it so far. */
export default function CompareProgress(props: { progress: Schemas["CompareProgress"] | null }) {
  const { progress } = props;
  if (progress?.pairs === 0) return null;
  const count = (number: number | undefined) => number?.toLocaleString() ?? "…";
  return (
    <div className="progress-line">
      <dl aria-label="Progress">
        <div>
          <dt>By you</dt>
          <dd>{count(progress?.mine)}</dd>
        </div>
        <div>
          <dt>In all</dt>
          <dd>
            {count(progress?.done)} of {count(progress?.pairs)}
          </dd>
        </div>
      </dl>
      <span>You are not told which model gave which answer.</span>
    </div>
  );
}
