import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useCallback, useState } from "react";
import type { Schemas } from "../../live/http";
import type { Deed, ModelsServer, Version } from "../../live/models_server";
import PageHead from "../../shared/page_head";
import { useAgainEvery, useReading } from "../../shared/reading";
import DeedButtons, { type AskedDeed } from "./deed_buttons";
import DeedDialog from "./deed_dialog";
import type { Said } from "./deed_words";
import Definitions from "./definitions";
import Done from "./done";
import LiveModels from "./live_models";
import NoVersions from "./no_versions";
import Runs from "./runs";
import { isMoving, isWaiting } from "./status_words";
import TrainNow from "./train_now";
import Trial from "./trial";
import VersionLink from "./version_link";
import Versions from "./versions";

type Overview = Schemas["ModelsOverview"];

/** While something moves, and otherwise: the page is read again so often. */
const MOVING_MS = 15_000;
const RESTING_MS = 60_000;

interface ModelsOverviewProps {
  server: ModelsServer;
  /** Whether answers are rated in this deployment. */
  review: boolean;
}

/** What is live, what is in trial, what was trained, and what a lead can do about it. */
export default function ModelsOverview({ server, review }: ModelsOverviewProps) {
  const reading = useReading(useCallback(() => server.overview(), [server]));
  const { value: overview } = reading;
  useAgainEvery(overview && moves(overview) ? MOVING_MS : RESTING_MS, reading.again);
  const [said, setSaid] = useState<Said | null>(null);
  const [asked, setAsked] = useState<AskedDeed | null>(null);

  const changed = (version: Version) => {
    reading.put((before) => ({
      ...before,
      versions: before.versions.map((one) => (one.version === version.version ? version : one)),
    }));
    reading.again();
  };
  const deeds = (model: Schemas["LiveModel"] | null, among: readonly Deed[]) => {
    const version = overview?.versions.find((one) => one.version === model?.version);
    if (!overview || !version) return null;
    return <DeedButtons version={version} among={among} onAsk={setAsked} />;
  };
  return (
    <SpaceBetween size="l">
      <PageHead
        title="Models"
        description="Which model answers, which one is in trial, and what was trained on the ratings."
        reading={reading}
        said={said?.words}
        actions={
          <TrainNow
            overview={overview}
            server={server}
            onAsked={(words) => {
              setSaid({ words, complete: true });
              reading.again();
            }}
          />
        }
      />
      {said && <Done said={said} onDismiss={() => setSaid(null)} />}
      {!overview && !reading.failure && <Spinner size="large" />}
      {overview && (
        <SpaceBetween size="l">
          <Waiting versions={overview.versions} />
          <LiveModels overview={overview} actions={deeds(overview.live, ["roll_back"])} />
          {overview.trial && (
            <Trial
              version={overview.candidate?.version ?? null}
              trial={overview.trial}
              actions={deeds(overview.candidate, ["promote", "roll_back"])}
            />
          )}
          <Versions
            versions={overview.versions}
            empty={<NoVersions overview={overview} review={review} />}
          />
          <Runs runs={overview.runs} />
          <Definitions />
        </SpaceBetween>
      )}
      {asked && (
        <DeedDialog
          {...asked}
          server={server}
          onDone={(after, done) => {
            setSaid(done);
            changed(after);
          }}
          onChanged={changed}
          onClose={() => setAsked(null)}
        />
      )}
    </SpaceBetween>
  );
}

/** What a lead has to decide. */
function Waiting({ versions }: { versions: readonly Version[] }) {
  const waiting = versions.filter(isWaiting);
  if (!waiting.length) return null;
  return (
    <Alert type="info" header="A lead’s approval is waited for">
      {waiting.map(({ version }) => (
        <div key={version}>
          <VersionLink version={version}>{`Version ${version}`}</VersionLink> is proven better: look
          at it, then approve or reject it.
        </div>
      ))}
    </Alert>
  );
}

function moves({ versions, runs }: Overview): boolean {
  return (
    versions.some(({ status }) => isMoving(status)) ||
    runs.some(({ status }) => status === "starting" || status === "running")
  );
}
