import "./waiting_panel.css";
import type { Waiting } from "../contracts/frames";
import { useNow } from "../shared/now";
import { clock, duration } from "../shared/time";
import { usePage } from "./page_context";
import type { Words } from "./words";

interface WaitingPanelProps {
  /** Null while only that somebody is called is known. */
  waiting: Waiting | null;
  /** What to add to this device's clock to have the server's, in milliseconds. */
  clock_offset_ms: number;
}

/** What is happening while a person is called: since when, how far it is, and what comes next. */
export function WaitingPanel({ waiting, clock_offset_ms }: WaitingPanelProps) {
  const { words, locale } = usePage();
  const now = useNow();
  const here = (at: string) => Date.parse(at) - clock_offset_ms;
  const time = (at: string) => clock(new Date(here(at)).toISOString(), locale);
  return (
    <section className="waiting-panel" aria-label={words.waitingForPerson}>
      <div className="waiting-panel-head">
        <strong>{words.waitingForPerson}</strong>
        {waiting && (
          // It moves each second: only for the eyes. The sentence below says since when.
          <span aria-hidden="true" className="waiting-panel-duration">
            {duration((now - here(waiting.since)) / 1000)}
          </span>
        )}
      </div>
      {waiting && (
        <p>
          {words.waitingSince(time(waiting.since))}
          {waiting.steps > 1 && ` · ${words.waitingStep(waiting.step, waiting.steps)}`}
        </p>
      )}
      <p>{nextOf(waiting, now, here, time, words)}</p>
      <p>{words.goOnWriting}</p>
    </section>
  );
}

function nextOf(
  waiting: Waiting | null,
  now: number,
  here: (at: string) => number,
  time: (at: string) => string,
  words: Words,
): string {
  if (!waiting?.until || here(waiting.until) <= now) return words.waitingFirst;
  const until = time(waiting.until);
  return waiting.step < waiting.steps ? words.waitingNext(until) : words.waitingLast(until);
}
