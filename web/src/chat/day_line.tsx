import "./status_line.css";
import { usePage } from "./page_context";

/** Where another day begins. */
export function DayLine({ at }: { at: string }) {
  const { words, locale } = usePage();
  const day = new Date(at);
  const today = new Date();
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  const name =
    day.toDateString() === today.toDateString()
      ? words.today
      : day.toDateString() === yesterday.toDateString()
        ? words.yesterday
        : day.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" });
  return (
    <p className="day-line">
      <time dateTime={at}>{name}</time>
    </p>
  );
}
