import "../../shared/hidden_heading.css";
import "../../shared/judging.css";
import Button from "@cloudscape-design/components/button";
import LiveRegion from "@cloudscape-design/components/live-region";
import { useEffect, useRef, useState } from "react";
import { CHOICE_WORDS, type CompareSession } from "../../live/compare_session";
import type { Choice, CompareSnapshot } from "../../live/compare_snapshot";
import { isPressed } from "../../shared/keystroke";
import Scale from "../../shared/scale";
import Waiting from "../../sign_in/waiting";
import { actionOf, CHOICES } from "./compare_keys";
import CompareNotices from "./compare_notices";
import CompareProgress from "./compare_progress";
import NothingToCompare from "./nothing_to_compare";
import PairView from "./pair_view";

interface ComparePageProps {
  session: CompareSession;
  snapshot: CompareSnapshot;
  single_keys: boolean;
  /** Whether answers are rated in this deployment. */
  review: boolean;
  /** Whether keystrokes are meant for this page: nothing lies above it. */
  listening: boolean;
  onHelp: () => void;
}

const OPTIONS = CHOICES.map((choice, index) => ({
  value: index + 1,
  label: CHOICE_WORDS[choice],
}));

/** Which of two answers is better: one pair at a time; nothing tells which model gave which. */
export default function ComparePage(props: ComparePageProps) {
  const { session, snapshot, single_keys, review, listening, onHelp } = props;
  const { pair, coming, choice, progress, saving, notice, problem, read, said } = snapshot;
  const [missing, setMissing] = useState(false);
  const [heard, setHeard] = useState("");
  const work = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLElement>(null);

  useEffect(() => {
    session.start();
    return () => session.stop();
  }, [session]);

  const shown = pair && `${pair.version} ${pair.pair_id}`;
  const nothing = !pair && coming === null;
  // With each pair all begins anew, and whoever worked at the last one goes on at this one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it is another one
  useEffect(() => {
    setMissing(false);
    const { activeElement } = document;
    const elsewhere =
      activeElement && activeElement !== document.body && !work.current?.contains(activeElement);
    if (!elsewhere) place.current?.focus({ preventScroll: true });
    for (const scrolls of [place.current, place.current?.closest(".judging")]) {
      scrolls?.scrollTo?.(0, 0);
    }
  }, [shown, nothing]);
  useEffect(() => setHeard(said.words), [said]);

  const choose = (chosen: Choice) => {
    if (!session.choose(chosen)) {
      setHeard("The next pair is not here yet.");
      return;
    }
    setMissing(false);
    setHeard(`${CHOICE_WORDS[chosen]}. Enter confirms.`);
  };
  const confirm = () => {
    const lacks = session.confirm();
    setMissing(lacks === "choice");
    if (lacks === "pair") setHeard("The next pair is not here yet.");
    else if (lacks === "choice") setHeard("Choose first: 1, 2 or 3.");
  };

  const act = useRef<(event: KeyboardEvent) => void>(() => {});
  act.current = (event) => {
    if (!listening || event.defaultPrevented) return;
    if (event.key === "Escape" && work.current?.contains(document.activeElement)) {
      place.current?.focus({ preventScroll: true });
      return;
    }
    const action = actionOf(event, single_keys);
    if (!action || (action === "confirm" && isPressed(event.target))) return;
    if (action === "help") onHelp();
    else if (nothing) return;
    else if (action === "confirm") confirm();
    else choose(action.choose);
    event.preventDefault();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => act.current(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);

  return (
    <div className="judging">
      <h1 className="hidden-heading">Compare answers</h1>
      <LiveRegion hidden>{heard}</LiveRegion>
      <div className="judging-work" ref={work}>
        <CompareProgress progress={progress} />
        <CompareNotices
          notice={notice}
          unreachable={problem === "unreachable"}
          onRetry={() => session.retryNow()}
          onDismiss={() => {
            session.dismissNotice();
            place.current?.focus({ preventScroll: true });
          }}
        />
        {!nothing ? (
          <>
            <PairView ref={place} pair={pair} choice={choice} coming={coming} busy={saving} />
            <form
              className="judging-form"
              noValidate
              onSubmit={(event) => {
                event.preventDefault();
                confirm();
              }}
            >
              <Scale
                legend="Which answer serves the question better?"
                options={OPTIONS}
                chosen={choice && CHOICES.indexOf(choice) + 1}
                missing={missing ? "Choose first: 1, 2 or 3." : null}
                onChoose={(value) => choose(CHOICES[value - 1] ?? "same")}
              />
              <div className="judging-actions">
                <Button variant="primary" loading={saving} loadingText="Saving">
                  Confirm (Enter)
                </Button>
              </div>
            </form>
          </>
        ) : read ? (
          <NothingToCompare ref={place} progress={progress} review={review} />
        ) : (
          problem !== "unreachable" && <Waiting what="Looking for something to compare" />
        )}
      </div>
    </div>
  );
}
