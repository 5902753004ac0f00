import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import { coefficient } from "./agreement_words";
import StandingDialog from "./standing_dialog";

type Reviewer = Schemas["ReviewerFigures"];

interface ReviewersProps {
  reviewers: readonly Reviewer[];
  server: Pick<ReviewServer, "setStanding">;
  onSet: (set: Schemas["StandingSet"]) => void;
}

/** Who rates, how, and whose ratings count. */
export default function Reviewers({ reviewers, server, onSet }: ReviewersProps) {
  const [asked, setAsked] = useState<Reviewer | null>(null);
  return (
    <>
      <Table<Reviewer>
        variant="container"
        wrapLines
        trackBy="reviewer"
        items={reviewers}
        header={<Header variant="h2">Reviewers</Header>}
        ariaLabels={{ tableLabel: "Reviewers" }}
        empty="Nobody has rated yet."
        columnDefinitions={[
          {
            id: "name",
            header: "Reviewer",
            isRowHeader: true,
            minWidth: 140,
            cell: ({ name, reviewer }) => (
              <>
                {name || reviewer}
                {name && name !== reviewer && (
                  <Box color="text-body-secondary" fontSize="body-s">
                    {reviewer}
                  </Box>
                )}
              </>
            ),
          },
          { id: "ratings", header: "Ratings", cell: ({ ratings }) => ratings.toLocaleString() },
          {
            id: "overlap",
            header: "Shared items",
            cell: ({ overlap }) => overlap.toLocaleString(),
          },
          { id: "bias", header: "Bias", cell: ({ bias }) => coefficient(bias, true) },
          {
            id: "correlation",
            header: "Correlation",
            cell: ({ correlation }) => coefficient(correlation),
          },
          {
            id: "seconds",
            header: "Time per label",
            cell: ({ median_seconds }) => seconds(median_seconds),
          },
          {
            id: "standing",
            header: "Standing",
            minWidth: 190,
            cell: ({ standing, by, because }) => (
              <>
                <Badge color={standing === "counted" ? "green" : "red"}>
                  {standing === "counted" ? "Counted" : "Set aside"}
                </Badge>
                {(standing === "set_aside" || because) && (
                  <Box color="text-body-secondary" fontSize="body-s">
                    {by === "lead" ? "By a lead" : "By statistics"}
                    {because && `: ${because}`}
                  </Box>
                )}
              </>
            ),
          },
          {
            id: "actions",
            header: "Decide",
            minWidth: 150,
            cell: (reviewer) => (
              <Button
                variant="inline-link"
                ariaLabel={`${doing(reviewer)} ${reviewer.name || reviewer.reviewer}`}
                onClick={() => setAsked(reviewer)}
              >
                {doing(reviewer)}
              </Button>
            ),
          },
        ]}
      />
      {asked && (
        <StandingDialog
          reviewer={asked}
          server={server}
          onSet={onSet}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

function doing({ standing }: Reviewer): string {
  return standing === "counted" ? "Set aside …" : "Count again …";
}

function seconds(value: number | null): string {
  if (value === null) return "–";
  return value < 60 ? `${Math.round(value)} s` : `${(value / 60).toFixed(1)} min`;
}
