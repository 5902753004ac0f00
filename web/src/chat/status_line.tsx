import "./status_line.css";
import { clock } from "../shared/time";
import { usePage } from "./page_context";

/** What has changed in the conversation, in the server's words. */
export function StatusLine({ text, at }: { text: string; at: string }) {
  const { locale } = usePage();
  return (
    <p className="status-line">
      <span dir="auto">{text}</span> <time dateTime={at}>{clock(at, locale)}</time>
    </p>
  );
}
