import Box from "@cloudscape-design/components/box";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Popover from "@cloudscape-design/components/popover";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Decision } from "../live/desk_conversation";
import { measuredOf } from "./decision_words";
import { triggerWords } from "./escalation_words";

/** What the gate decided on a customer's message, and all that it rests on. */
export default function GateDecision({ decision }: { decision: Decision }) {
  const measured = measuredOf(decision);
  const said = decision.person ? "a person was called" : "the assistant may answer";
  return (
    <Popover
      size="large"
      position="bottom"
      header={decision.person ? "Why a person was called" : "Why the assistant answered"}
      dismissAriaLabel="Close"
      content={
        <SpaceBetween size="s">
          <KeyValuePairs
            items={[
              {
                label: "Trigger",
                value: decision.trigger ? triggerWords(decision.trigger) : "None",
              },
              { label: "Reason", value: decision.reason || "–" },
              { label: "Decided by", value: decision.gate_model_id ?? "rules" },
            ]}
          />
          {measured.length > 0 && (
            <table className="decision-table">
              <thead>
                <tr>
                  <th scope="col">Measured</th>
                  <th scope="col">Value</th>
                  <th scope="col">Threshold</th>
                </tr>
              </thead>
              <tbody>
                {measured.map(({ name, observed, threshold }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{observed}</td>
                    <td>{threshold}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </SpaceBetween>
      }
    >
      <Box fontSize="body-s" display="inline" color="inherit">
        Gate: {said}
      </Box>
    </Popover>
  );
}
