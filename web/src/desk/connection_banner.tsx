import Alert from "@cloudscape-design/components/alert";
import { useEffect, useState } from "react";
import type { DeskSnapshot } from "../live/desk_session";
import { useOnline } from "../shared/online";

/** A connection that is back so soon is not worth a word. */
const UNNOTICED_MS = 3_000;

/** Says that what is shown may be old, and what becomes of what is written. */
export default function ConnectionBanner(props: Pick<DeskSnapshot, "link" | "problem">) {
  const { link, problem } = props;
  const online = useOnline();
  const lost = link === "lost" || problem === "unreachable";
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!lost) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), UNNOTICED_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  if (online && !lasting) return null;
  return (
    <div role="status">
      <Alert type="warning" header={online ? "Connection lost" : "You are offline"}>
        {problem === "unreachable" || !online
          ? "What you see may be old. Messages that are not sent yet are sent when the connection is back."
          : "New messages come late: the queue is read every few seconds until the live connection is back."}
      </Alert>
    </div>
  );
}
