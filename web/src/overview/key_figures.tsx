import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Icon from "@cloudscape-design/components/icon";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";
import type { Schemas } from "../live/http";
import {
  AWAITED,
  averageText,
  countOf,
  countText,
  countWord,
  FEW,
  NONE,
  shareText,
  spanText,
  sum,
} from "./figure_text";

/** The figures that a lead asks for first; null while they are awaited. */
export default function KeyFigures({ overview }: { overview: Schemas["Overview"] | null }) {
  return (
    <Container header={<Header variant="h2">Key figures</Header>}>
      <KeyValuePairs columns={4} minColumnWidth={160} items={FIGURES.map(pair(overview))} />
    </Container>
  );
}

interface KeyFigure {
  label: string;
  value: (overview: Schemas["Overview"]) => ReactNode;
  /** Of how many, and what else belongs to it: always as many lines, so that nothing jumps. */
  lines?: readonly ((overview: Schemas["Overview"]) => string)[];
  definition: string;
}

const FIGURES: readonly KeyFigure[] = [
  {
    label: "Conversations",
    value: ({ conversations }) => countText(conversations),
    definition: "Begun in the period.",
  },
  {
    label: "A person was called",
    value: ({ with_person, conversations }) => shareText(with_person, conversations),
    lines: [
      ({ with_person, conversations }) =>
        conversations > 0 && conversations < FEW
          ? countWord(conversations, "conversation", "conversations")
          : `${countText(with_person)} of ${countText(conversations)} conversations`,
    ],
    definition: "Share of the conversations begun in the period.",
  },
  {
    label: "Calls for a person",
    value: ({ escalations }) => countText(escalations),
    lines: [
      ({ escalations, claimed, open }) =>
        escalations ? `${countText(claimed)} claimed, ${countText(open)} open` : "none",
    ],
    definition: "Every request in the period, also in older conversations.",
  },
  {
    label: "Expired calls",
    value: ({ expired }) => countText(expired),
    lines: [({ escalations }) => `of ${countOf(escalations, "call", "calls")}`],
    definition: "Nobody came before the last deadline.",
  },
  {
    label: "Time to claim",
    value: ({ claim_seconds }) => spanText(claim_seconds?.median),
    lines: [
      ({ claim_seconds }) => medianText(claim_seconds),
      ({ claim_seconds }) => percentileText(claim_seconds),
    ],
    definition: "From the call until an expert took over.",
  },
  {
    label: "Time to resolve",
    value: ({ resolve_seconds }) => spanText(resolve_seconds?.median),
    lines: [
      ({ resolve_seconds }) => medianText(resolve_seconds),
      ({ resolve_seconds }) => percentileText(resolve_seconds),
    ],
    definition: "From the claim until the end or the hand-back.",
  },
  {
    label: "Stars",
    value: ({ ratings }) => averageText(ratings.average),
    lines: [({ ratings }) => `average of ${countOf(sum(ratings.stars), "rating", "ratings")}`],
    definition: "Whole conversations, rated 1 to 5 in the period.",
  },
  {
    label: "Thumbs",
    value: ({ ratings }) => <Thumbs up={ratings.thumbs_up} down={ratings.thumbs_down} />,
    lines: [
      ({ ratings }) =>
        `on ${countOf(ratings.thumbs_up + ratings.thumbs_down, "answer", "answers")}`,
    ],
    definition: "Single answers, rated up or down in the period.",
  },
];

function medianText(spread: Schemas["Spread"] | null): string {
  return `median of ${countOf(spread?.count ?? 0, "call", "calls")}`;
}

function percentileText(spread: Schemas["Spread"] | null): string {
  const few = spread && spread.count < FEW ? " of few" : "";
  return `95th percentile${few}: ${spanText(spread?.p95)}`;
}

const pair = (overview: Schemas["Overview"] | null) => (figure: KeyFigure) => ({
  label: figure.label,
  value: (
    <>
      <Box fontSize="heading-xl" fontWeight="bold">
        {overview ? figure.value(overview) : AWAITED}
      </Box>
      {figure.lines?.map((line, index) => (
        // The lines of a figure are always the same ones.
        // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
        <Box key={index} variant="div" fontSize="body-s">
          {overview ? line(overview) : AWAITED}
        </Box>
      ))}
      <Box variant="div" fontSize="body-s" color="text-body-secondary">
        {figure.definition}
      </Box>
    </>
  ),
});

function Thumbs({ up, down }: { up: number; down: number }) {
  if (up + down === 0) return NONE;
  return (
    <span className="overview-thumbs">
      <span>
        <Icon name="thumbs-up" size="inherit" ariaLabel="up" /> {countText(up)}
      </span>
      <span>
        <Icon name="thumbs-down" size="inherit" ariaLabel="down" /> {countText(down)}
      </span>
    </span>
  );
}
