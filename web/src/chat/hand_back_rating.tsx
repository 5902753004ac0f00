import "./hand_back_rating.css";
import { useState } from "react";
import type { TurnSent } from "../contracts/frames";
import { usePage } from "./page_context";
import { Rating } from "./rating";

interface HandBackRatingProps {
  /** The status line that says that the person has left. */
  turn: TurnSent;
  rated: boolean;
  onRate: (stars: number, reason: string) => Promise<boolean>;
}

/** How was it with the person who has just left? Small, and gone when the customer wants so. */
export function HandBackRating({ turn, rated, onRate }: HandBackRatingProps) {
  const { words } = usePage();
  const [dismissed, setDismissed] = useState(false);
  if (dismissed) return null;
  return (
    <div className="hand-back-rating">
      <Rating
        question={words.howWasPerson(turn.name ?? words.person)}
        rated={rated}
        onRate={onRate}
        onDismiss={() => setDismissed(true)}
      />
    </div>
  );
}
