import "./entrance.css";
import Spinner from "@cloudscape-design/components/spinner";

/** Nothing can be shown yet. */
export default function Waiting({ what }: { what: string }) {
  return (
    <div className="entrance-wait" role="status" aria-label={what}>
      <Spinner size="large" />
    </div>
  );
}
