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

type Seen = Pick<Version, "version" | "status" | "kind" | "live_since" | "untried">;

/** What a deed does with a version as it is. */
export function deedWords(deed: Deed, seen: Seen): DeedWords {
  const { version, status, kind, untried } = seen;
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
      if (goesToTrial(seen)) {
        return {
          name: "Deploy again",
          header: `Deploy version ${version} again`,
          effect:
            "It is deployed as it was approved: then it answers a share of the conversations that begin, as the policy says: a trial. All others stay with the live model.",
          warning: null,
          needs_reason: false,
          wanted: true,
        };
      }
      return {
        name: "Make live",
        header: `Make version ${version} live`,
        effect: liveWords(status),
        warning: untried ? untriedWords(status) : null,
        needs_reason: untried,
        wanted: status === "trial" && !untried,
      };
    case "roll_back":
      return {
        name: "Roll back",
        header: `Roll version ${version} back`,
        effect: backWords(status),
        warning: null,
        needs_reason: true,
        wanted: false,
      };
  }
}

/** Whether making it live is another attempt at its trial: its deployment failed before that. */
function goesToTrial({ status, live_since, untried }: Seen): boolean {
  return status === "failed" && live_since === null && !untried;
}

function liveWords(status: Version["status"]): string {
  if (status === "trial") {
    return `Its trial ends: ${WITHIN} it answers all conversations, also those that are open. The live model is kept for a while, so that going back takes no time.`;
  }
  return status === "deploying"
    ? "Once it is deployed, it answers all conversations, also those that are open."
    : `It answers all conversations, also those that are open: ${WITHIN}, or once it is deployed again.`;
}

function untriedWords(status: Version["status"]): string {
  return status === "trial"
    ? "Its trial has not ended: what customers make of it does not show yet that it is no worse."
    : "It skips the trial: nothing shows yet that customers fare no worse with it.";
}

function backWords(status: Version["status"]): string {
  switch (status) {
    case "trial":
      return `Its trial ends: ${WITHIN} the live model answers all conversations again, also those that it has begun.`;
    case "deploying":
      return "It is not deployed any further. What answers now goes on answering.";
    default:
      return `${WITHIN.charAt(0).toUpperCase()}${WITHIN.slice(1)} the model before it answers all conversations again, also those that are open. If that has to be deployed again, this one answers until then.`;
  }
}

/** What is said of something that was just done. */
export interface Said {
  words: string;
  /** Whether that is all of it; else something is still to come. */
  complete: boolean;
}

/** What has become of it by a deed. */
export function doneWords(deed: Deed, before: Seen, after: Version): Said {
  const { status, reason } = after;
  const said = (words: string, complete = true) => ({
    words: `Version ${after.version} ${words}`,
    complete,
  });
  switch (deed) {
    case "approve":
      return status === "deploying"
        ? said("is approved, and is being deployed.")
        : said("is approved: what follows begins in a moment.");
    case "reject":
      return said("is rejected.");
    case "promote":
      if (status === "live") return said("is live.");
      if (status === "failed") return said(`is not deployed: ${sentence(reason)}`, false);
      if (!goesToTrial(before)) return said("goes live as soon as it can be asked.");
      return said(status === "trial" ? "is in its trial." : "is being deployed again.");
    case "roll_back":
      return status === "rolled_back"
        ? said("is rolled back.")
        : said(`is not back yet: ${sentence(reason || "it answers on until it is")}`, false);
  }
}

function sentence(reason: string): string {
  return reason.endsWith(".") ? reason : `${reason}.`;
}
