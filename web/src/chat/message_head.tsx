import "./message_head.css";
import { clock } from "../shared/time";
import { usePage } from "./page_context";

/** Who says it, and when; of what is still being said, only who. */
export function MessageHead({ who, at }: { who: string; at?: string }) {
  const { locale } = usePage();
  return (
    <div className="message-head">
      <strong>
        <bdi>{who}</bdi>
      </strong>
      {at && <time dateTime={at}>{clock(at, locale)}</time>}
    </div>
  );
}
