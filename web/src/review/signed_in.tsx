import ErrorBoundary from "@cloudscape-design/components/error-boundary";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import type { ReviewSession } from "../live/review_session";
import { Covered } from "../shared/covered";
import NotLoaded from "../shared/not_loaded";
import { StoredSwitch } from "../shared/stored_switch";
import type { Authentication } from "../sign_in/authentication";
import type { Entered } from "../sign_in/entrance";
import SecondStepDialog from "../sign_in/second_step_dialog";
import SignIn from "../sign_in/sign_in";
import Waiting from "../sign_in/waiting";
import KeysHelp from "./keys_help";
import NoAccess from "./no_access";
import OnlyForLeads from "./only_for_leads";
import { TITLES, usePlace } from "./places";
import PlacesBar from "./places_bar";
import RatingPage from "./rating_page";
import TopBar from "./top_bar";

const LeadsPages = lazy(() => import("./leads/leads_pages"));

interface SignedInProps extends Entered<ReviewSession> {
  authentication: Authentication;
  /** Whether people are called to the desk in this deployment. */
  desk: boolean;
}

/** The review of somebody who has signed in. */
export default function SignedIn(props: SignedInProps) {
  const { member, session, authentication, onSignedInAgain, onSignOut } = props;
  const snapshot = useSyncExternalStore(session.subscribe, session.current);
  const place = usePlace();
  const [single_keys] = useState(() => new StoredSwitch(localStorage, "tandem.review.keys"));
  const with_single_keys = useSyncExternalStore(single_keys.subscribe, single_keys.isOn);
  const [dialog, setDialog] = useState<"keys" | "second_step" | null>(null);
  const { settings, access, problem } = snapshot;

  useEffect(() => {
    void session.open();
  }, [session]);
  const { item, coming, read, progress } = snapshot;
  // Seen from another window: there is something to rate again.
  const nothing = read && !item && coming === null;
  const waiting = place === "rate" && nothing ? (progress?.left ?? 0) : 0;
  useEffect(() => {
    const name = place === "rate" ? "Review" : `${TITLES[place]} – Review`;
    document.title = waiting ? `(${waiting}) ${name}` : name;
  }, [place, waiting]);

  const desk =
    props.desk && (settings?.lead === true || member.groups.some((group) => GROUPS.has(group)));
  const signOut = () => {
    session.stopRating();
    session.forget();
    onSignOut();
  };
  if (access === "denied") {
    return (
      <main className="entrance">
        <NoAccess user={member.user} desk={desk} onSignOut={signOut} />
      </main>
    );
  }
  const expired = problem === "signed_out";
  return (
    <Covered value={expired}>
      {expired && (
        <main className="entrance">
          <SignIn
            authentication={authentication}
            heading="Review"
            name={member.user}
            description="Your sign-in has run out. What you have typed is still there."
            onSignedIn={onSignedInAgain}
          />
        </main>
      )}
      {/* Hidden, not gone: what is open stays open. */}
      <div className="review-frame" hidden={expired}>
        {settings ? (
          <>
            <TopBar
              name={settings.name || settings.user}
              lead={settings.lead}
              desk={desk}
              onKeys={() => setDialog("keys")}
              onSecondStep={() => setDialog("second_step")}
              onSignOut={signOut}
            />
            {settings.lead && <PlacesBar place={place} />}
            <main className="review-main">
              {place === "rate" ? (
                <RatingPage
                  session={session}
                  snapshot={snapshot}
                  settings={settings}
                  single_keys={with_single_keys}
                  listening={!expired && dialog === null}
                  onHelp={() => setDialog("keys")}
                />
              ) : (
                <div className="review-lead">
                  {settings.lead ? (
                    <ErrorBoundary key={place} onError={() => {}}>
                      <Suspense fallback={<Waiting what={`Opening: ${TITLES[place]}`} />}>
                        <LeadsPages place={place} server={session.server} settings={settings} />
                      </Suspense>
                    </ErrorBoundary>
                  ) : (
                    <OnlyForLeads />
                  )}
                </div>
              )}
            </main>
          </>
        ) : (
          <main className="entrance">
            {problem === "unreachable" ? (
              <NotLoaded
                problem="The review’s server is not reached. It is tried again by itself."
                again={() => void session.resume()}
              />
            ) : (
              <Waiting what="Opening the review" />
            )}
          </main>
        )}
      </div>
      {dialog === "keys" && !expired && (
        <KeysHelp
          single_keys={with_single_keys}
          onSingleKeys={() => single_keys.toggle()}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === "second_step" && !expired && (
        <SecondStepDialog authentication={authentication} onClose={() => setDialog(null)} />
      )}
    </Covered>
  );
}

/** Who works at the desk. */
const GROUPS = new Set(["experts", "leads"]);
