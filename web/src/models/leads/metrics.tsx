import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Schemas } from "../../live/http";
import { spanText } from "../../overview/figure_text";
import { figure, NONE } from "./figures";

type Summary = Schemas["RunSummary"];

const NAMES: Record<string, string> = {
  "reward/mean": "Reward, mean",
  kl: "Distance from the base (KL, nats per answer)",
  "eval/heldout": "Held-out score",
  "eval/heldout_base": "Held-out score of the base",
  length_ratio: "Length, as a multiple of the base’s",
  repetition: "Repetition",
  repetition_base: "Repetition of the base",
  steps: "Steps",
  seconds: "Time",
};

/** What the training says of itself. */
export default function Metrics({ summary }: { summary: Summary }) {
  const { metrics, reward_model, judge, judge_missing_because } = summary;
  const known = Object.keys(NAMES).filter((name) => name in metrics);
  const others = Object.keys(metrics).filter((name) => !(name in NAMES));
  return (
    <Container
      header={
        <Header variant="h2" description="By the training itself, on its own test.">
          Metrics
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        minColumnWidth={150}
        items={[
          ...[...known, ...others].map((name) => ({
            label: NAMES[name] ?? name,
            value: metricText(name, metrics[name]),
          })),
          { label: "Reward model: rank correlation", value: figure(reward_model.spearman) },
          { label: "Reward model: error", value: `${figure(reward_model.error)} points` },
          {
            label: "Judge: rank correlation",
            value: judge ? figure(judge.spearman) : (judge_missing_because ?? "no judge"),
          },
          ...(judge ? [{ label: "Judge: error", value: `${figure(judge.error)} points` }] : []),
        ]}
      />
    </Container>
  );
}

function metricText(name: string, value: number | undefined): string {
  if (value === undefined) return NONE;
  return name === "seconds" ? spanText(value) : figure(value);
}
