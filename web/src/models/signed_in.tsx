import ErrorBoundary from "@cloudscape-design/components/error-boundary";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import type { CompareSession } from "../live/compare_session";
import KeysHelp from "../shared/keys_help";
import OnlyForLeads from "../shared/only_for_leads";
import PlacesBar from "../shared/places_bar";
import { useSingleKeys } from "../shared/single_keys";
import type { Authentication } from "../sign_in/authentication";
import type { Entered } from "../sign_in/entrance";
import NoAccess from "../sign_in/no_access";
import SignedInFrame from "../sign_in/signed_in_frame";
import Waiting from "../sign_in/waiting";
import { KEY_LIST } from "./compare/compare_keys";
import ComparePage from "./compare/compare_page";
import { PATHS, PLACES, TITLES, usePlace, useVersion } from "./places";
import TopBar from "./top_bar";

const LeadsPages = lazy(() => import("./leads/leads_pages"));

interface SignedInProps extends Entered<CompareSession> {
  authentication: Authentication;
  /** Whether people are called to the desk in this deployment. */
  desk: boolean;
  /** Whether answers are rated in this deployment. */
  review: boolean;
}

/** The models of somebody who has signed in. */
export default function SignedIn(props: SignedInProps) {
  const { member, session, authentication, review, onSignedInAgain, onSignOut } = props;
  const snapshot = useSyncExternalStore(session.subscribe, session.current);
  const place = usePlace();
  const version = useVersion();
  const [single_keys, toggleSingleKeys] = useSingleKeys();
  const [keys_shown, setKeysShown] = useState(false);
  const { access, problem } = snapshot;

  useEffect(() => {
    const of = place === "models" && version !== null ? `Version ${version}` : TITLES[place];
    document.title = of === "Models" ? of : `${of} – Models`;
  }, [place, version]);

  const lead = member.groups.includes("leads");
  const desk = props.desk && (lead || member.groups.includes("experts"));
  const signOut = () => {
    session.stop();
    onSignOut();
  };
  if (access === "denied" || !(lead || member.groups.includes("reviewers"))) {
    return (
      <NoAccess
        to="the models"
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
        heading="Models"
        expired={expired}
        onSignedInAgain={onSignedInAgain}
      >
        {(onSecondStep, dialog) => (
          <>
            <TopBar
              place={place}
              name={member.name}
              lead={lead}
              desk={desk}
              review={review}
              onKeys={() => setKeysShown(true)}
              onSecondStep={onSecondStep}
              onSignOut={signOut}
            />
            {lead && (
              <PlacesBar
                label="Models"
                places={PLACES.map((one) => ({
                  path: PATHS[one],
                  title: TITLES[one],
                  current: one === place,
                }))}
              />
            )}
            <main className="signed-in-main">
              {place === "compare" ? (
                <ComparePage
                  session={session}
                  snapshot={snapshot}
                  single_keys={single_keys}
                  review={review}
                  listening={!expired && !dialog && !keys_shown}
                  onHelp={() => setKeysShown(true)}
                />
              ) : (
                <div className="signed-in-page">
                  {lead ? (
                    <ErrorBoundary key={version} onError={() => {}}>
                      <Suspense fallback={<Waiting what="Opening: Models" />}>
                        <LeadsPages server={session.server} version={version} review={review} />
                      </Suspense>
                    </ErrorBoundary>
                  ) : (
                    <OnlyForLeads
                      title="Models"
                      instead={{ path: PATHS.compare, text: "Compare answers" }}
                    />
                  )}
                </div>
              )}
            </main>
          </>
        )}
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
