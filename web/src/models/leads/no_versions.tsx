import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import type { Schemas } from "../../live/http";

type Told = Pick<Schemas["ModelsOverview"], "automatic" | "cannot_train_because">;

/** No version yet: what has to happen before there is one. */
export default function NoVersions({ overview, review }: { overview: Told; review: boolean }) {
  return (
    <Box>
      No model was trained here yet. Ratings come first, then a dataset is built of them, then a
      model is trained on it. {whatNow(overview)}{" "}
      {review && <Link href="/review/overview">How far the review is</Link>}
    </Box>
  );
}

function whatNow({ automatic, cannot_train_because }: Told): string {
  const by_itself = automatic
    ? "A training starts by itself when a new dataset holds enough that is new."
    : "By the policy no training starts by itself: a lead starts it.";
  return cannot_train_because ? `${by_itself} Now it can’t: ${cannot_train_because}` : by_itself;
}
