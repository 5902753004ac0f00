import type { Choice } from "./compare_snapshot";
import type { Schemas } from "./http";
import { type Answer, HttpStandIn, ok, refused } from "./http_stand_in";
import type { Deed, Version } from "./models_server";

export const HTTP = "https://models.test";

/** What a deed makes of a version. */
const AFTER: Record<Deed, Version["status"]> = {
  approve: "deploying",
  reject: "rejected",
  promote: "live",
  roll_back: "rolled_back",
};

/** The models' side of the server; what a candidate has to prove is the real one's matter. */
export class ModelsStandIn extends HttpStandIn {
  user = "lea";
  live: Schemas["LiveModel"] = {
    model_id: "amazon.nova-lite-v1:0",
    version: null,
    share: 1,
    reward_model: false,
  };
  candidate: Schemas["LiveModel"] | null = null;
  trial: Schemas["TrialView"] | null = null;
  /** Newest first. */
  details: Schemas["VersionDetail"][] = [];
  runs: Schemas["RunView"][] = [];
  cannot_train_because = "";
  automatic = true;
  newest_dataset = 5;
  /** What is to be compared; the first one is before whoever compares. */
  readonly pairs: Schemas["PairView"][] = [];
  readonly chosen: Schemas["Choose"][] = [];
  /** How long a pair is held. */
  hold_seconds = 300;

  /** A version in the list. */
  version(
    version: number,
    change: Partial<Version> = {},
    detail: Partial<Omit<Schemas["VersionDetail"], "version">> = {},
  ): Schemas["VersionDetail"] {
    const made = versionDetail(versionView(version, change), detail);
    this.details = [made, ...this.details];
    return made;
  }

  /** Somebody else, or time, changes a version. */
  change(version: number, change: Partial<Version>): Version {
    const found = this.details.find((one) => one.version.version === version);
    if (!found) throw new Error(`There is no version ${version}.`);
    const after = { ...found.version, ...change };
    this.details = this.details.map((one) => (one === found ? { ...one, version: after } : one));
    return after;
  }

  /** Something to compare. */
  pair(pair_id: string, change: Partial<Schemas["PairView"]> = {}): Schemas["PairView"] {
    const pair: Schemas["PairView"] = {
      version: 4,
      pair_id,
      question: `Question ${pair_id}?`,
      context: [],
      first: `First answer ${pair_id}.`,
      second: `Second answer ${pair_id}.`,
      held_until: this.heldUntil(),
      ...change,
    };
    this.pairs.push(pair);
    return pair;
  }

  get choices(): Choice[] {
    return this.chosen.map(({ choice }) => choice);
  }

  protected answer(method: string, path: string, body: Record<string, unknown>): Answer {
    switch (`${method} ${path}`) {
      case "GET /models/overview":
        return ok(this.overview());
      case "POST /models/train":
        return this.cannot_train_because
          ? refused(409, "cannot_train", this.cannot_train_because)
          : ok({ dataset_version: this.newest_dataset });
      case "POST /models/compare/next":
        return ok(this.next());
      case "POST /models/compare/choose":
        return this.choose(body as Schemas["Choose"]);
      case "POST /models/compare/heartbeat":
        return this.isBefore(body) ? ok({ held_until: this.heldUntil() }) : GONE;
    }
    const [, number, deed] = /^\/models\/versions\/(\d+)(?:\/([a-z_]+))?$/.exec(path) ?? [];
    const found = this.details.find((one) => one.version.version === Number(number));
    if (!found) return refused(404, "not_found", "There is no such version.");
    return deed ? this.decide(found.version, deed as Deed, body as Schemas["Decide"]) : ok(found);
  }

  private overview(): Schemas["ModelsOverview"] {
    return {
      live: this.live,
      candidate: this.candidate,
      trial: this.trial,
      versions: this.details.map(({ version }) => version),
      runs: this.runs,
      can_train: !this.cannot_train_because,
      cannot_train_because: this.cannot_train_because,
      automatic: this.automatic,
    };
  }

  private decide(version: Version, deed: Deed, { seen }: Schemas["Decide"]): Answer {
    if (seen !== version.status) {
      return refused(409, "changed_meanwhile", "It is not what you have seen any more.");
    }
    if (!version.deeds.includes(deed)) {
      return refused(409, "not_possible", "This cannot be done with it now.");
    }
    const approved =
      deed === "approve" ? { approved_by: this.user, approved_at: new Date().toISOString() } : {};
    return ok(this.change(version.version, { status: AFTER[deed], deeds: [], ...approved }));
  }

  private next(): Schemas["NextPair"] {
    const done = this.chosen.length;
    return {
      pair: this.pairs[0] ?? null,
      progress: { done, pairs: done + this.pairs.length, mine: done },
    };
  }

  private choose(choice: Schemas["Choose"]): Answer {
    if (!this.isBefore(choice)) return GONE;
    this.pairs.shift();
    this.chosen.push(choice);
    return ok(this.next());
  }

  private isBefore({ pair_id }: { pair_id?: unknown }): boolean {
    return this.pairs[0]?.pair_id === pair_id;
  }

  private heldUntil(): string {
    return new Date(Date.now() + this.hold_seconds * 1000).toISOString();
  }
}

const GONE = refused(409, "pair_gone", "This pair is before somebody else by now.");

/** A version that people compare. */
export function versionView(version: number, change: Partial<Version> = {}): Version {
  return {
    version,
    status: "comparing",
    kind: "weights",
    method: "rl",
    base: "flan-t5-xl",
    dataset_version: version + 1,
    registered_at: "2026-11-20T10:00:00Z",
    heldout: 3.41,
    heldout_live: 2.96,
    checks: [],
    verdict: null,
    comparison: null,
    share: 0,
    approved_by: null,
    approved_at: null,
    live_since: null,
    ended_at: null,
    reason: "",
    deeds: [],
    untried: false,
    ...change,
  };
}

function versionDetail(
  version: Version,
  change: Partial<Omit<Schemas["VersionDetail"], "version">>,
): Schemas["VersionDetail"] {
  return {
    version,
    summary: {
      schema_version: "1",
      kind: version.kind,
      method: version.method,
      method_asked: "auto",
      why: ["There are 500 ratings: enough for reinforcement learning."],
      dataset_version: version.dataset_version,
      dataset_inputs: "0f3a",
      base: version.base,
      base_license: "Apache-2.0",
      architecture: "encoder-decoder",
      ratings: { train: 400, validation: 50, test: 50 },
      preferences: 44,
      demonstrations: 12,
      reward_model: { spearman: 0.52, error: 0.81, ratings: 450, groups: 40 },
      judge: { spearman: 0.47, error: 0.86, ratings: 100, groups: 12 },
      judge_missing_because: null,
      metrics: { "reward/mean": 3.61, kl: 1.9, "eval/heldout": 3.41, steps: 120, seconds: 2712 },
      warnings: [],
      stopped_because: "steps",
      trainer_version: "1",
    },
    package_arn: `arn:aws:sagemaker:eu-central-1:111122223333:model-package/tandem-models/${version.version}`,
    model_id: null,
    compared_with: "amazon.nova-lite-v1:0",
    samples: [],
    report: null,
    history: [],
    ...change,
  };
}
