import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../../live/http";
import { moment } from "../../shared/time";
import { comparisonInShort } from "./comparison_words";
import { difference, NONE, score, share } from "./figures";
import { STATUSES } from "./status_words";

type Version = Schemas["VersionView"];

/** Where a version stands, and why. */
export default function Standing({ version }: { version: Version }) {
  const [type, words] = STATUSES[version.status];
  return (
    <Container header={<Header variant="h2">Where it stands</Header>}>
      <KeyValuePairs
        columns={4}
        minColumnWidth={160}
        items={[
          {
            label: "Status",
            value: (
              <>
                <StatusIndicator type={type}>{words}</StatusIndicator>
                {version.reason && <Box>{version.reason}</Box>}
              </>
            ),
          },
          { label: "Share of the conversations", value: share(version.share) },
          { label: "Held-out score", value: <Heldout version={version} /> },
          { label: "Compared by people", value: comparisonInShort(version) },
          {
            label: "Approved",
            value: version.approved_by
              ? `by ${version.approved_by}${version.approved_at ? `, ${moment(version.approved_at)}` : ""}`
              : NONE,
          },
          { label: "Trained", value: moment(version.registered_at) },
          { label: "Live since", value: version.live_since ? moment(version.live_since) : NONE },
          { label: "Ended", value: version.ended_at ? moment(version.ended_at) : NONE },
        ]}
      />
    </Container>
  );
}

/** What the judge predicts for its answers, beside those of the model that was live then. */
export function Heldout({ version }: { version: Pick<Version, "heldout" | "heldout_live"> }) {
  const { heldout, heldout_live } = version;
  return (
    <>
      {score(heldout)}
      {heldout !== null && heldout_live !== null && (
        <Box color="text-body-secondary" fontSize="body-s">
          {`${difference(heldout - heldout_live)} against the live model’s ${score(heldout_live)}`}
        </Box>
      )}
    </>
  );
}
