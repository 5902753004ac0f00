import "../shared/hidden_heading.css";
import "../shared/judging.css";
import "./rating_page.css";
import LiveRegion from "@cloudscape-design/components/live-region";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Schemas } from "../live/http";
import type { ReviewSession } from "../live/review_session";
import type { ReviewSnapshot } from "../live/review_snapshot";
import { isPressed, isTypedInto } from "../shared/keystroke";
import { StoredSwitch } from "../shared/stored_switch";
import Waiting from "../sign_in/waiting";
import Guidance from "./guidance";
import ItemView from "./item_view";
import { actionOf } from "./keys";
import { labelOf } from "./labels";
import NothingLeft from "./nothing_left";
import Notices from "./notices";
import ProgressLine from "./progress_line";
import PutAsideForm from "./put_aside_form";
import RatingForm, { type RatingFormHandle } from "./rating_form";

interface RatingPageProps {
  session: ReviewSession;
  snapshot: ReviewSnapshot;
  settings: Schemas["ReviewSettings"];
  single_keys: boolean;
  /** Whether models are trained in this deployment. */
  models: boolean;
  /** Whether keystrokes are meant for this page: nothing lies above it. */
  listening: boolean;
  onHelp: () => void;
}

/** One item at a time; everything can be done with the keyboard alone. */
export default function RatingPage(props: RatingPageProps) {
  const { session, snapshot, settings, single_keys, models, listening, onHelp } = props;
  const { item, coming, step, draft, progress, doing, notice, problem, read, said } = snapshot;
  const [guidance] = useState(() => new StoredSwitch(localStorage, "tandem.review.guidance"));
  const guided = useSyncExternalStore(guidance.subscribe, guidance.isOn);
  const [missing, setMissing] = useState<"rating" | "reason" | null>(null);
  const [heard, setHeard] = useState("");
  const work = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLElement>(null);
  const form = useRef<RatingFormHandle>(null);

  useEffect(() => {
    session.startRating();
    return () => session.stopRating();
  }, [session]);

  const shown = item && `${item.job} ${item.candidate_id}`;
  const nothing = !item && coming === null;
  // With each step all begins anew, and whoever worked at the last item goes on at this one. The
  // item that was awaited comes to whoever writes already: they stay where they are.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it is another step
  useEffect(() => {
    setMissing(null);
    const { activeElement } = document;
    const elsewhere =
      activeElement && activeElement !== document.body && !work.current?.contains(activeElement);
    if (!elsewhere) place.current?.focus({ preventScroll: true });
  }, [step, nothing]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the item is another one
  useEffect(() => {
    for (const scrolls of [place.current, place.current?.closest(".judging")]) {
      scrolls?.scrollTo?.(0, 0);
    }
  }, [shown, step]);
  useEffect(() => setHeard(said.words), [said]);

  const confirm = () => {
    const lacks = session.rate();
    if (lacks === "item") {
      setHeard("The next item is not here yet.");
      return;
    }
    // Coming to the field is no mistake yet; to confirm there without a word is one.
    setMissing(lacks === "reason" && !isTypedInto(document.activeElement) ? null : lacks);
    if (lacks === "reason") form.current?.focusReason();
    else if (lacks === "rating") setHeard("Choose a rating from 1 to 5 first.");
  };
  const choose = (rating: number) => {
    session.write({ rating });
    setMissing(null);
    const needs = session.needsReason ? " A reason is needed." : "";
    setHeard(`${rating}: ${labelOf(settings, rating)}.${needs}`);
  };
  const back = () => {
    session.write({ put_aside: null });
    place.current?.focus({ preventScroll: true });
  };

  const act = useRef<(event: KeyboardEvent) => void>(() => {});
  act.current = (event) => {
    if (!listening || event.defaultPrevented) return;
    const { target } = event;
    if (event.key === "Escape" && work.current?.contains(document.activeElement)) {
      back();
      return;
    }
    if (isTypedInto(target)) return;
    const action = actionOf(event, single_keys);
    if (!action || (action === "confirm" && isPressed(target))) return;
    if (action === "help") onHelp();
    else if (action === "guidance") guidance.toggle();
    else if (action === "undo") session.undo();
    else if (nothing || draft.put_aside) return;
    else if (typeof action === "object") choose(action.choose);
    else if (action === "confirm") confirm();
    else if (action === "skip" || action === "flag") session.write({ put_aside: action });
    else if (action === "reason") form.current?.focusReason();
    else form.current?.focusBetterAnswer();
    event.preventDefault();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => act.current(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);

  return (
    <div className={guided ? "judging judging-guided" : "judging"}>
      <h1 className="hidden-heading">Rate answers</h1>
      <LiveRegion hidden>{heard}</LiveRegion>
      <div className="judging-work" ref={work}>
        <ProgressLine
          progress={progress}
          guided={guided}
          single_keys={single_keys}
          onGuidance={() => guidance.toggle()}
        />
        <Notices
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
            <ItemView ref={place} item={item} coming={coming} busy={doing !== null} />
            {draft.put_aside ? (
              <PutAsideForm
                key={`${step} ${draft.put_aside}`}
                action={draft.put_aside}
                reason={draft.aside_reason}
                busy={item !== null && doing === draft.put_aside}
                onWrite={(aside_reason) => session.write({ aside_reason })}
                onConfirm={(action) => {
                  if (session.putAside(action) === "item") {
                    setHeard("The next item is not here yet.");
                  }
                }}
                onCancel={back}
              />
            ) : (
              <RatingForm
                key={step}
                ref={form}
                settings={settings}
                draft={draft}
                needs_reason={session.needsReason}
                missing={missing}
                doing={item && doing}
                can_undo={coming !== null || (progress?.can_undo ?? false)}
                single_keys={single_keys}
                onChoose={choose}
                onWrite={(change) => {
                  session.write(change);
                  setMissing(null);
                }}
                onConfirm={confirm}
                onAside={(put_aside) => session.write({ put_aside })}
                onUndo={() => session.undo()}
              />
            )}
          </>
        ) : read ? (
          <NothingLeft
            ref={place}
            server={session.server}
            progress={progress}
            undoing={doing === "undo"}
            models={models}
            onUndo={() => session.undo()}
          />
        ) : (
          problem !== "unreachable" && <Waiting what="Looking for something to rate" />
        )}
      </div>
      {guided && <Guidance settings={settings} server={session.server} />}
    </div>
  );
}
