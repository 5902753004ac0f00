import type { Which } from "./review_server";

/** What a reviewer has chosen and typed for an item, and not sent yet. */
export interface Draft {
  rating: number | null;
  reason: string;
  better_answer: string;
  /** What they are about to do with it instead of rating it. */
  put_aside: "skip" | "flag" | null;
  /** Why; it stays when they rate it after all, until they do. */
  aside_reason: string;
}

export const EMPTY: Draft = {
  rating: null,
  reason: "",
  better_answer: "",
  put_aside: null,
  aside_reason: "",
};

/** All that was typed, to be read by who typed it. */
export function typedIn({ reason, better_answer, aside_reason }: Draft): string {
  return together(reason, better_answer, aside_reason);
}

/** What was chosen and typed later, over what there was: a choice takes its place, no text is lost. */
export function over(before: Draft, later: Draft): Draft {
  if (later === EMPTY) return before;
  if (before === EMPTY) return later;
  return {
    rating: later.rating ?? before.rating,
    reason: together(before.reason, later.reason),
    better_answer: together(before.better_answer, later.better_answer),
    put_aside: later.put_aside ?? before.put_aside,
    aside_reason: together(before.aside_reason, later.aside_reason),
  };
}

/** One below the other; what is said twice once. */
export function together(...texts: string[]): string {
  return [...new Set(texts.filter((text) => text.trim()))].join("\n\n");
}

const STORED_AS = "tandem.review.draft";
/** More than the server lets somebody undo. */
const MOST = 40;

interface Kept {
  user: string;
  drafts: [item: string, draft: Draft][];
}

/**
 * The drafts of items that were before somebody: kept while the page is open, loaded again, and the
 * sign-in expires; in this tab only, for this person and these items only.
 */
export class KeptDrafts {
  private readonly drafts: Map<string, Draft>;

  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    private readonly user: string,
  ) {
    this.drafts = this.read();
  }

  of(which: Which): Draft {
    return this.drafts.get(keyOf(which)) ?? EMPTY;
  }

  keep(which: Which, draft: Draft): void {
    this.drafts.delete(keyOf(which)); // the latest comes last
    this.drafts.set(keyOf(which), draft);
    for (const oldest of this.drafts.keys()) {
      if (this.drafts.size <= MOST) break;
      this.drafts.delete(oldest);
    }
    this.store();
  }

  forget(which: Which): void {
    if (this.drafts.delete(keyOf(which))) this.store();
  }

  forgetAll(): void {
    this.drafts.clear();
    this.store();
  }

  private store(): void {
    try {
      const kept: Kept = { user: this.user, drafts: [...this.drafts] };
      if (this.drafts.size) this.storage.setItem(STORED_AS, JSON.stringify(kept));
      else this.storage.removeItem(STORED_AS);
    } catch {
      // A full or forbidden storage: kept as long as the page is open.
    }
  }

  private read(): Map<string, Draft> {
    try {
      const kept = JSON.parse(this.storage.getItem(STORED_AS) ?? "null") as Partial<Kept> | null;
      if (kept?.user === this.user && kept.drafts) {
        return new Map(kept.drafts.map(([item, draft]) => [item, { ...EMPTY, ...draft }]));
      }
    } catch {
      // Nothing that could be read.
    }
    return new Map();
  }
}

function keyOf({ job, candidate_id }: Which): string {
  return `${job} ${candidate_id}`;
}
