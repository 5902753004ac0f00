import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useCallback, useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import { LISTED, type ReviewServer } from "../../live/review_server";
import { useChoice } from "../../shared/address";
import PageHead from "../../shared/page_head";
import { useReading } from "../../shared/reading";
import CandidateCard from "./candidate_card";

const LISTS = ["disagreements", "flagged", "given_up"] as const;
type List = (typeof LISTS)[number];

const TITLES: Record<List, string> = {
  disagreements: "Disagreements",
  flagged: "Flagged",
  given_up: "Given up",
};
const MEANINGS: Record<List, string> = {
  disagreements: "Labelled, but the ratings lie far apart. Your rating takes the label’s place.",
  flagged: "A reviewer says that these cannot be rated.",
  given_up: "These came back from jobs without a label too often.",
};
const EMPTY: Record<List, string> = {
  disagreements: "No ratings lie far apart that nobody has decided.",
  flagged: "Nothing is flagged.",
  given_up: "Nothing was given up.",
};
const DONE: Record<Schemas["Adjudicate"]["decision"], string> = {
  label: "Labelled.",
  return: "It is rated again in one of the next jobs.",
  discard: "Discarded.",
};

interface DisagreementsProps {
  server: ReviewServer;
  settings: Schemas["ReviewSettings"];
}

/** What ratings alone do not decide: a lead does. */
export default function Disagreements({ server, settings }: DisagreementsProps) {
  const [list, choose] = useChoice("list", LISTS);
  const reading = useReading(
    useCallback(async () => {
      const found = list === "disagreements" ? server.disagreements() : server.candidates(list);
      return { list, candidates: await found };
    }, [server, list]),
  );
  // What was read for another list is not shown for this one.
  const candidates = reading.value?.list === list ? reading.value.candidates : null;
  const [said, setSaid] = useState({ words: "", later: "" });
  const cards = useRef<HTMLUListElement>(null);
  const empty = useRef<HTMLDivElement>(null);

  const decided = (
    decision: Schemas["Adjudicate"]["decision"],
    { candidate_id, in_test_series }: Schemas["CandidateView"],
  ) => {
    const place = candidates?.findIndex((one) => one.candidate_id === candidate_id) ?? 0;
    reading.put((before) => ({
      ...before,
      candidates: before.candidates.filter((one) => one.candidate_id !== candidate_id),
    }));
    setSaid({ words: DONE[decision], later: later(in_test_series) });
    // The one that takes its place gets the focus.
    requestAnimationFrame(() => {
      const left = cards.current?.querySelectorAll<HTMLElement>("[data-candidate]") ?? [];
      (left[Math.min(place, left.length - 1)] ?? empty.current)?.focus();
    });
  };

  return (
    <SpaceBetween size="l">
      <PageHead
        title="To decide"
        description={MEANINGS[list]}
        reading={reading}
        said={`${said.words} ${said.later}`}
      />
      {said.later && (
        <Alert
          type="info"
          header={said.words}
          dismissible
          onDismiss={() => setSaid({ words: "", later: "" })}
        >
          {said.later}
        </Alert>
      )}
      <SegmentedControl
        label="What to decide"
        selectedId={list}
        options={LISTS.map((id) => ({ id, text: TITLES[id] }))}
        onChange={({ detail }) => choose(detail.selectedId as List)}
      />
      {!candidates && !reading.failure && <Spinner size="large" />}
      {candidates?.length === 0 && (
        <div ref={empty} tabIndex={-1} className="leads-empty">
          {EMPTY[list]}
        </div>
      )}
      {candidates && candidates.length > 0 && (
        <ul className="leads-cards" ref={cards} aria-label={TITLES[list]}>
          {candidates.map((candidate) => (
            <li key={candidate.candidate_id}>
              <CandidateCard
                candidate={candidate}
                settings={settings}
                server={server}
                onDecided={decided}
              />
            </li>
          ))}
        </ul>
      )}
      {candidates && candidates.length >= LISTED && (
        <Box color="text-body-secondary">
          The newest {LISTED} are shown. Decide some, and read again.
        </Box>
      )}
    </SpaceBetween>
  );
}

/** A test stays as it is, so that figures of models compare. */
function later(series: number | null): string {
  return series === null
    ? ""
    : `The test of the datasets (series ${series}) holds it as it was, and stays as it is: for tests your decision counts from the next series on.`;
}
