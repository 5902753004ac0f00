import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { clock } from "../shared/time";
import type { Hold } from "./hold";

interface LockedFooterProps {
  hold: Exclude<Hold, { kind: "mine" }>;
  read_at: number;
  /** Something typed here is kept, and was not sent. */
  kept: boolean;
  claiming: boolean;
  onClaim: () => void;
  onRefresh: () => void;
}

/** Why nothing can be written here, and what can be done about it. */
export default function LockedFooter(props: LockedFooterProps) {
  const { hold, read_at, kept, claiming, onClaim, onRefresh } = props;
  return (
    <SpaceBetween size="xs">
      {hold.kind === "waiting" ? (
        <SpaceBetween size="xs">
          <Box>
            You write after you have taken over. Until then the customer sees nothing of you.
          </Box>
          <Button variant="primary" fullWidth loading={claiming} onClick={onClaim}>
            Take over
          </Button>
        </SpaceBetween>
      ) : (
        <div className="locked-footer">
          <Box>
            {LOCKED[hold.kind](hold)} As of{" "}
            <time dateTime={new Date(read_at).toISOString()}>
              {clock(new Date(read_at).toISOString())}
            </time>
            .
          </Box>
          <Button iconName="refresh" onClick={onRefresh}>
            Read again
          </Button>
        </div>
      )}
      {kept && (
        <Box color="text-body-secondary" fontSize="body-s">
          What you had typed here was not sent and is kept.
        </Box>
      )}
    </SpaceBetween>
  );
}

const LOCKED = {
  colleague: (hold: LockedFooterProps["hold"]) =>
    `${hold.kind === "colleague" ? hold.name : "A colleague"} writes here. You can read along.`,
  assistant: () => "The assistant answers here; nobody is called for.",
  closed: () => "This conversation is closed.",
};
