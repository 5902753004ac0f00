import Spinner from "@cloudscape-design/components/spinner";
import { useCallback } from "react";
import type { Schemas } from "../live/http";
import type { ReviewServer } from "../live/review_server";
import { useLoaded } from "../shared/loaded";
import NotLoaded from "../shared/not_loaded";

/** What became of somebody's ratings. */
export default function Fate({ server }: { server: Pick<ReviewServer, "fate"> }) {
  const { loaded, again } = useLoaded(useCallback(() => server.fate(), [server]));
  if (loaded.state === "loading") return <Spinner />;
  if (loaded.state === "failed") return <NotLoaded problem={loaded.problem} again={again} />;
  return (
    <ul className="fate">
      {fateWords(loaded.value).map((words) => (
        <li key={words}>{words}</li>
      ))}
    </ul>
  );
}

export function fateWords(fate: Schemas["LabelFate"]): string[] {
  const { rated, in_labels, in_datasets, newest_dataset, models } = fate;
  if (!rated) return ["You have rated nothing yet."];
  const of = rated === 1 ? "your one rating" : `your ${rated.toLocaleString()} ratings`;
  const words = [`Of ${of}, ${in_labels.toLocaleString()} ${are(in_labels)} part of a label.`];
  if (!in_labels) words.push("Labels come about when all ratings of an item are in.");
  else if (newest_dataset === null || !in_datasets) words.push("They are in no dataset yet.");
  else {
    words.push(
      `${in_datasets.toLocaleString()} ${are(in_datasets)} in datasets, the newest of which is version ${newest_dataset}.`,
    );
    words.push(
      models.length
        ? `Models that were trained on them: ${models.join(", ")}.`
        : "No model was trained on them yet.",
    );
  }
  return words;
}

function are(count: number): string {
  return count === 1 ? "is" : "are";
}
