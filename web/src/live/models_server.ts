import { Refused, type Schemas } from "./http";
import { SignedInServer } from "./signed_in_server";

export type Version = Schemas["VersionView"];
export type Deed = Version["deeds"][number];
export type WhichPair = Schemas["WhichPair"];

const DEEDS = {
  approve: "/models/versions/{version}/approve",
  reject: "/models/versions/{version}/reject",
  promote: "/models/versions/{version}/promote",
  roll_back: "/models/versions/{version}/roll_back",
} as const satisfies Record<Deed, string>;

/** The models' HTTP interface. All reject with `Refused` or `Unreachable`. */
export class ModelsServer extends SignedInServer {
  // --- leads -------------------------------------------------------------------------------------
  overview(): Promise<Schemas["ModelsOverview"]> {
    return this.ask(() => this.api.GET("/models/overview"));
  }

  /** Null where there is none of this number. */
  async version(version: number): Promise<Schemas["VersionDetail"] | null> {
    try {
      return await this.ask(() => this.api.GET("/models/versions/{version}", at(version)));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return null;
      throw error;
    }
  }

  /** A training on the newest dataset. */
  train(): Promise<Schemas["TrainingAsked"]> {
    return this.ask(() => this.api.POST("/models/train"));
  }

  /** Refused (409) if it is not what was seen any more, or cannot be done. */
  decide(seen: Pick<Version, "version" | "status">, deed: Deed, reason: string): Promise<Version> {
    const body = { seen: seen.status, reason };
    return this.ask(() => this.api.POST(DEEDS[deed], { ...at(seen.version), body }));
  }

  // --- whoever compares --------------------------------------------------------------------------
  /** The pair before this person, or a new one. */
  nextPair(): Promise<Schemas["NextPair"]> {
    return this.ask(() => this.api.POST("/models/compare/next"));
  }

  choose(body: Schemas["Choose"]): Promise<Schemas["NextPair"]> {
    return this.ask(() => this.api.POST("/models/compare/choose", { body }));
  }

  /** A sign of life for the pair before this person. */
  heartbeat(body: WhichPair): Promise<Schemas["PairHeld"]> {
    return this.ask(() => this.api.POST("/models/compare/heartbeat", { body }));
  }
}

function at(version: number) {
  return { params: { path: { version: String(version) } } };
}
