import ErrorBoundary from "@cloudscape-design/components/error-boundary";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import type { ReviewSession } from "../live/review_session";
import KeysHelp from "../shared/keys_help";
import OnlyForLeads from "../shared/only_for_leads";
import PlacesBar from "../shared/places_bar";
import { useSingleKeys } from "../shared/single_keys";
import type { Authentication } from "../sign_in/authentication";
import type { Entered } from "../sign_in/entrance";
import NoAccess from "../sign_in/no_access";
import Opening from "../sign_in/opening";
import SignedInFrame from "../sign_in/signed_in_frame";
import Waiting from "../sign_in/waiting";
import { KEY_LIST } from "./keys";
import { PATHS, PLACES, TITLES, usePlace } from "./places";
import RatingPage from "./rating_page";
import TopBar from "./top_bar";

const LeadsPages = lazy(() => import("./leads/leads_pages"));

interface SignedInProps extends Entered<ReviewSession> {
  authentication: Authentication;
  /** Whether people are called to the desk in this deployment. */
  desk: boolean;
  /** Whether models are trained in this deployment. */
  models: boolean;
}

/** The review of somebody who has signed in. */
export default function SignedIn(props: SignedInProps) {
  const { member, session, authentication, models, onSignedInAgain, onSignOut } = props;
  const snapshot = useSyncExternalStore(session.subscribe, session.current);
  const place = usePlace();
  const [single_keys, toggleSingleKeys] = useSingleKeys();
  const [keys_shown, setKeysShown] = useState(false);
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
      <NoAccess
        to="the review"
        user={member.user}
        lacking="neither a reviewer nor a lead"
        groups={["reviewers", "leads"]}
        desk={desk}
        onSignOut={signOut}
      />
    );
  }
  const expired = problem === "signed_out";
  return (
    <>
      <SignedInFrame
        member={member}
        authentication={authentication}
        heading="Review"
        expired={expired}
        onSignedInAgain={onSignedInAgain}
      >
        {(onSecondStep, dialog) =>
          settings ? (
            <>
              <TopBar
                name={settings.name || settings.user}
                lead={settings.lead}
                desk={desk}
                models={models}
                onKeys={() => setKeysShown(true)}
                onSecondStep={onSecondStep}
                onSignOut={signOut}
              />
              {settings.lead && (
                <PlacesBar
                  label="Review"
                  places={PLACES.map((one) => ({
                    path: PATHS[one],
                    title: TITLES[one],
                    current: one === place,
                  }))}
                />
              )}
              <main className="signed-in-main">
                {place === "rate" ? (
                  <RatingPage
                    session={session}
                    snapshot={snapshot}
                    settings={settings}
                    single_keys={single_keys}
                    models={models}
                    listening={!expired && !dialog && !keys_shown}
                    onHelp={() => setKeysShown(true)}
                  />
                ) : (
                  <div className="signed-in-page">
                    {settings.lead ? (
                      <ErrorBoundary key={place} onError={() => {}}>
                        <Suspense fallback={<Waiting what={`Opening: ${TITLES[place]}`} />}>
                          <LeadsPages place={place} server={session.server} settings={settings} />
                        </Suspense>
                      </ErrorBoundary>
                    ) : (
                      <OnlyForLeads
                        title="Review"
                        instead={{ path: PATHS.rate, text: "Rate answers" }}
                      />
                    )}
                  </div>
                )}
              </main>
            </>
          ) : (
            <Opening
              what="the review"
              unreachable={problem === "unreachable"}
              again={() => void session.resume()}
            />
          )
        }
      </SignedInFrame>
      {keys_shown && !expired && (
        <KeysHelp
          keys={KEY_LIST}
          single_keys={single_keys}
          onSingleKeys={toggleSingleKeys}
          onClose={() => setKeysShown(false)}
        />
      )}
    </>
  );
}

/** Who works at the desk. */
const GROUPS = new Set(["experts", "leads"]);
