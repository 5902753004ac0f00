import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Schemas } from "../../live/http";

type Words = readonly [type: StatusIndicatorProps.Type, words: string];

export const STATUSES: Record<Schemas["VersionStatus"], Words> = {
  registered: ["in-progress", "Being measured"],
  comparing: ["in-progress", "Being compared"],
  passed: ["success", "Proven better"],
  refused: ["stopped", "Not proven better"],
  rejected: ["stopped", "Rejected"],
  deploying: ["in-progress", "Being deployed"],
  trial: ["in-progress", "In trial"],
  live: ["success", "Live"],
  retired: ["stopped", "Retired"],
  rolled_back: ["warning", "Rolled back"],
  failed: ["error", "Deployment failed"],
};

export const RUN_STATUSES: Record<Schemas["RunStatus"], Words> = {
  starting: ["pending", "Starting"],
  running: ["in-progress", "Running"],
  registered: ["success", "A version came of it"],
  failed: ["error", "Failed"],
};

/** Whether more becomes of it by itself, soon. */
export function isMoving(status: Schemas["VersionStatus"]): boolean {
  return ["registered", "comparing", "deploying", "trial"].includes(status);
}

/** Whether it is still open what it is worth. */
export function isJudged(status: Schemas["VersionStatus"]): boolean {
  return status === "registered" || status === "comparing";
}

/** Whether a lead's approval is waited for. */
export function isWaiting({ deeds, approved_by }: Schemas["VersionView"]): boolean {
  return deeds.includes("approve") && approved_by === null;
}

const METHODS: Record<string, string> = {
  auto: "Chosen by the training",
  "reward-model": "Reward model alone",
  rl: "Reinforcement learning",
  "offline-ppo": "Offline PPO",
  dpo: "Direct preference optimization",
  sft: "Fine-tuning on the best answers",
  "blog-ppo": "PPO as in the blog, for comparison",
};

/** A training's method, as people call it; one that is not known here as it is. */
export function methodWords(method: string): string {
  return METHODS[method] ?? method;
}

/** What a version is. */
export function kindWords({ kind, base }: Pick<Schemas["VersionView"], "kind" | "base">): string {
  if (kind === "reward_model") return "A reward model: it picks the live model’s best draft";
  return base ? `Trained weights, of ${base}` : "Trained weights";
}
