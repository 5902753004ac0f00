import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useCallback, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ModelsServer, Version } from "../../live/models_server";
import PageHead from "../../shared/page_head";
import { useAgainEvery, useReading } from "../../shared/reading";
import { goTo, PATHS } from "../places";
import BeforeAfter from "./before_after";
import Comparison from "./comparison";
import DeedButtons, { type AskedDeed } from "./deed_buttons";
import DeedDialog from "./deed_dialog";
import type { Said } from "./deed_words";
import Definitions from "./definitions";
import Done from "./done";
import History from "./history";
import Metrics from "./metrics";
import Origin from "./origin";
import Standing from "./standing";
import { isJudged, isMoving, kindWords } from "./status_words";
import Trial from "./trial";
import Verdict from "./verdict";

/** While it moves, and otherwise: it is read again so often, also for the report's address. */
const MOVING_MS = 15_000;
const RESTING_MS = 60_000;

interface VersionPageProps {
  server: ModelsServer;
  version: number;
}

/** A version: what it is, what it has proven, what became of it, what a lead can do with it. */
export default function VersionPage({ server, version }: VersionPageProps) {
  const reading = useReading(
    useCallback(async () => {
      const detail = await server.version(version);
      const in_trial = detail?.version.status === "trial";
      return { detail, trial: in_trial ? (await server.overview()).trial : null };
    }, [server, version]),
  );
  const { value: found } = reading;
  const detail = found?.detail ?? null;
  useAgainEvery(detail && isMoving(detail.version.status) ? MOVING_MS : RESTING_MS, reading.again);
  const [said, setSaid] = useState<Said | null>(null);
  const [asked, setAsked] = useState<AskedDeed | null>(null);

  const changed = (after: Version) => {
    reading.put((before) => ({
      ...before,
      detail: before.detail && { ...before.detail, version: after },
    }));
    reading.again();
  };
  return (
    <SpaceBetween size="l">
      <Link
        href={PATHS.models}
        onFollow={(event) => {
          event.preventDefault();
          goTo("models");
        }}
      >
        All models
      </Link>
      <PageHead
        title={`Version ${version}`}
        description={detail ? kindWords(detail.version) : ""}
        reading={reading}
        said={said?.words}
        actions={detail && <DeedButtons version={detail.version} onAsk={setAsked} />}
      />
      {said && <Done said={said} onDismiss={() => setSaid(null)} />}
      {!found && !reading.failure && <Spinner size="large" />}
      {found && !detail && <Alert type="info">There is no version {version}.</Alert>}
      {found && detail && <Detail detail={detail} trial={found.trial} />}
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

interface DetailProps {
  detail: Schemas["VersionDetail"];
  trial: Schemas["TrialView"] | null;
}

function Detail({ detail, trial }: DetailProps) {
  const { version, summary, samples, history } = detail;
  const { comparison } = version;
  return (
    <SpaceBetween size="l">
      <Standing version={version} />
      {trial && <Trial version={version.version} trial={trial} />}
      <Verdict version={version} />
      {comparison && <Comparison comparison={comparison} going={version.status === "comparing"} />}
      <BeforeAfter samples={samples} blind={isJudged(version.status)} />
      <Origin detail={detail} />
      <Metrics summary={summary} />
      <History history={history} />
      <Definitions />
    </SpaceBetween>
  );
}
