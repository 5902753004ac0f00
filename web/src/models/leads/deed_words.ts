import type { Deed, Version } from "../../live/models_server";

export interface DeedWords {
  /** Of the button that opens the dialog, and of the one in it. */
  name: string;
  header: string;
  /** What it does, said before it is done. */
  effect: string;
  warning: string | null;
  /** Whether it must be said why. */
  needs_reason: boolean;
  /** Whether it is what is expected of a lead. */
  wanted: boolean;
}

/** The pointer is read again so often; see the model pointer's document. */
const WITHIN = "within half a minute";

/** What a deed does with a version as it is. `early`: its trial has not shown yet what it is for. */
export function deedWords(
  deed: Deed,
  { version, status, kind }: Pick<Version, "version" | "status" | "kind">,
  early: boolean,
): DeedWords {
  switch (deed) {
    case "approve":
      return {
        name: "Approve",
        header: `Approve version ${version}`,
        effect:
          kind === "weights"
            ? "It is deployed, which takes some minutes and costs what its machines cost. Then it answers a share of the conversations that begin, as the policy says: a trial. All others stay with the live model."
            : "From a share of the conversations that begin on, its reward model picks among the live model’s drafts, as the policy says: a trial. It needs no machine of its own.",
        warning: null,
        needs_reason: false,
        wanted: true,
      };
    case "reject":
      return {
        name: "Reject",
        header: `Reject version ${version}`,
        effect: "It does not go live. It stays in this list, with your reason.",
        warning: null,
        needs_reason: true,
        wanted: false,
      };
    case "promote":
      return {
        name: "Make live",
        header: `Make version ${version} live`,
        effect:
          status === "trial"
            ? `Its trial ends: ${WITHIN} it answers all conversations, also those that are open. The live model is kept for a while, so that going back takes no time.`
            : `It answers all conversations, also those that are open: ${WITHIN}, or once it is deployed again.`,
        warning: early
          ? "Its trial has not ended: what customers make of it does not show yet that it is no worse."
          : null,
        needs_reason: early,
        wanted: status === "trial" && !early,
      };
    case "roll_back":
      return {
        name: "Roll back",
        header: `Roll version ${version} back`,
        effect:
          status === "trial"
            ? `Its trial ends: ${WITHIN} the live model answers all conversations again, also those that it has begun.`
            : `${WITHIN.charAt(0).toUpperCase()}${WITHIN.slice(1)} the model before it answers all conversations again, also those that are open.`,
        warning: null,
        needs_reason: true,
        wanted: false,
      };
  }
}

/** What has become of it by a deed. */
export function doneWords(deed: Deed, { version, status }: Version): string {
  const name = `Version ${version}`;
  if (deed === "approve") {
    return status === "deploying"
      ? `${name} is approved, and is being deployed.`
      : `${name} is approved: what follows begins in a moment.`;
  }
  if (deed === "reject") return `${name} is rejected.`;
  if (deed === "promote") {
    return status === "live" ? `${name} is live.` : `${name} goes live as soon as it can be asked.`;
  }
  return `${name} is rolled back.`;
}
