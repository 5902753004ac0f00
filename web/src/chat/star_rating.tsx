import "./star_rating.css";
import Icon from "@cloudscape-design/components/icon";
import { useId } from "react";
import { usePage } from "./page_context";

interface StarRatingProps {
  /** What the stars are about. */
  question: string;
  /** 1 to 5; null before any is chosen. */
  stars: number | null;
  onChange: (stars: number) => void;
}

/** One to five stars: radio buttons, so that the arrow keys and screen readers know them. */
export function StarRating({ question, stars, onChange }: StarRatingProps) {
  const { words } = usePage();
  const name = useId();
  return (
    <fieldset className="star-rating">
      <legend>{question}</legend>
      <div className="star-rating-stars">
        {words.stars.map((label, index) => (
          <label key={label}>
            <input
              type="radio"
              name={name}
              aria-label={label}
              checked={stars === index + 1}
              onChange={() => onChange(index + 1)}
            />
            <Icon name={stars !== null && index < stars ? "star-filled" : "star"} size="medium" />
          </label>
        ))}
        {/* The chosen radio button says it already. */}
        <span aria-hidden="true" className="star-rating-meaning">
          {stars !== null && words.stars[stars - 1]}
        </span>
      </div>
    </fieldset>
  );
}
