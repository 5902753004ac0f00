import "../shared/hidden_heading.css";
import Spinner from "@cloudscape-design/components/spinner";
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { DeskSession } from "../live/desk_session";
import { StoredSwitch } from "../shared/stored_switch";
import type { Authentication } from "../sign_in/authentication";
import type { Entered } from "../sign_in/entrance";
import NoAccess from "../sign_in/no_access";
import Opening from "../sign_in/opening";
import SignedInFrame from "../sign_in/signed_in_frame";
import { goTo, keepInAddress, usePlace } from "./address";
import { askForNotifications, notificationPermission } from "./browser_notification";
import { useCallAlerts } from "./call_alerts";
import { columnsOf, linkedEscalation, searchOf, withColumn, withoutColumn } from "./columns";
import ConnectionBanner from "./connection_banner";
import { usePageTitle } from "./page_title";
import { sectionsOf } from "./queue_sections";
import { isApple } from "./shortcuts";
import ShortcutsHelp from "./shortcuts_help";
import { useSnapshot } from "./snapshot";
import { Tone } from "./tone";
import TopBar from "./top_bar";
import { TypedTexts } from "./typed_texts";
import Workplace, { type WorkplaceHandle } from "./workplace";

const Overview = lazy(() => import("../overview/overview"));

interface SignedInProps extends Entered<DeskSession> {
  authentication: Authentication;
  /** Whether answers are rated in this deployment. */
  review: boolean;
  /** Whether models are trained in this deployment. */
  models: boolean;
}

/** The desk of somebody who has signed in. */
export default function SignedIn(props: SignedInProps) {
  const { member, session, authentication, review, models, onSignedInAgain, onSignOut } = props;
  const snapshot = useSnapshot(session);
  const place = usePlace();
  const [texts] = useState(() => new TypedTexts(sessionStorage, member.user));
  const [sound] = useState(() => new StoredSwitch(localStorage, "tandem.desk.sound"));
  const [tone] = useState(() => new Tone());
  const [apple] = useState(() => isApple(navigator.platform));
  const [notifications, setNotifications] = useState(notificationPermission);
  const [shortcuts, setShortcuts] = useState(false);
  const [columns, setColumns] = useState(() => columnsOf(location.search));
  const [linked] = useState(() => linkedEscalation(location.search));
  const workplace = useRef<WorkplaceHandle>(null);
  const heard = useSyncExternalStore(sound.subscribe, sound.isOn);

  useEffect(() => {
    session.start();
    return () => session.stop();
  }, [session]);
  useEffect(() => {
    for (const id of columns.ids) session.open(id);
    if (place === "desk") keepInAddress(searchOf(columns));
  }, [session, columns, place]);

  const open = useCallback((id: string) => setColumns((before) => withColumn(before, id)), []);
  const close = useCallback(
    (id: string) => {
      setColumns((before) => withoutColumn(before, id));
      session.close(id);
    },
    [session],
  );
  const announcement = useCallAlerts({
    session,
    sound,
    tone,
    onOpen: (id) => {
      goTo("desk");
      if (workplace.current) workplace.current.open(id);
      else open(id);
    },
  });

  const { settings, access, problem, link } = snapshot;
  const { waiting } = sectionsOf(snapshot.queue, member.user);
  usePageTitle(place, waiting.length);

  const signOut = () => {
    texts.forget();
    onSignOut();
  };
  if (access === "denied") {
    return (
      <NoAccess
        to="the desk"
        user={member.user}
        lacking="neither an expert nor a lead"
        groups={["experts", "leads"]}
        desk={false}
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
        heading="Desk"
        expired={expired}
        onSignedInAgain={onSignedInAgain}
      >
        {(onSecondStep) =>
          settings ? (
            <>
              <TopBar
                me={settings.me}
                review={review && (settings.me.lead || member.groups.includes("reviewers"))}
                models={models}
                place={place}
                sound={heard}
                notifications={notifications}
                onPlace={goTo}
                onSound={() => sound.toggle()}
                onNotifications={() => void askForNotifications().then(setNotifications)}
                onShortcuts={() => setShortcuts(true)}
                onSecondStep={onSecondStep}
                onSignOut={signOut}
              />
              <ConnectionBanner link={link} problem={problem} />
              <main className="signed-in-main">
                <h1 className="hidden-heading" hidden={place === "overview"}>
                  Desk
                </h1>
                {place === "overview" ? (
                  <div className="signed-in-page">
                    <Suspense fallback={<Spinner size="large" />}>
                      <Overview api={session.server.api} />
                    </Suspense>
                  </div>
                ) : (
                  <Workplace
                    ref={workplace}
                    snapshot={snapshot}
                    settings={settings}
                    session={session}
                    texts={texts}
                    apple={apple}
                    columns={columns}
                    linked={linked}
                    announcement={announcement}
                    onOpen={open}
                    onClose={close}
                    onSound={() => sound.toggle()}
                  />
                )}
              </main>
            </>
          ) : (
            <Opening
              what="the desk"
              unreachable={problem === "unreachable"}
              again={() => void session.resume()}
            />
          )
        }
      </SignedInFrame>
      {shortcuts && !expired && <ShortcutsHelp apple={apple} onClose={() => setShortcuts(false)} />}
    </>
  );
}
