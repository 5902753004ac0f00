import Icon from "@cloudscape-design/components/icon";
import type { Rating } from "../live/desk_conversation";

/** What the customer thought of an answer, or of the whole conversation. */
export default function RatingLine({ rating }: { rating: Rating }) {
  const { thumb, stars, reason } = rating;
  return (
    <div className="rating-line">
      {thumb && (
        <Icon
          name={thumb === "up" ? "thumbs-up-filled" : "thumbs-down-filled"}
          variant={thumb === "up" ? "success" : "error"}
          ariaLabel={thumb === "up" ? "Rated up" : "Rated down"}
        />
      )}
      {stars !== null && <span>{stars} of 5 stars</span>}
      {reason && <q className="rating-reason">{reason}</q>}
    </div>
  );
}
