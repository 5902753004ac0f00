import type { Which } from "./review_server";

/** What a reviewer has chosen and typed for an item, and not sent yet. */
export interface Draft {
  rating: number | null;
  reason: string;
  better_answer: string;
}

export const EMPTY: Draft = { rating: null, reason: "", better_answer: "" };

const STORED_AS = "tandem.review.draft";

interface Kept {
  user: string;
  item: string;
  draft: Draft;
}

/**
 * The draft of the item before somebody: kept while the page is loaded again and the sign-in
 * expires; in this tab only, for this person and this item only.
 */
export class KeptDraft {
  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    private readonly user: string,
  ) {}

  of(which: Which): Draft {
    const kept = this.read();
    return kept?.user === this.user && kept.item === keyOf(which) ? kept.draft : EMPTY;
  }

  keep(which: Which, draft: Draft): void {
    try {
      const kept: Kept = { user: this.user, item: keyOf(which), draft };
      this.storage.setItem(STORED_AS, JSON.stringify(kept));
    } catch {
      // A full or forbidden storage: kept as long as the page is open.
    }
  }

  forget(): void {
    try {
      this.storage.removeItem(STORED_AS);
    } catch {
      // Nothing could be stored either.
    }
  }

  private read(): Kept | null {
    try {
      return JSON.parse(this.storage.getItem(STORED_AS) ?? "null") as Kept | null;
    } catch {
      return null;
    }
  }
}

function keyOf({ job, candidate_id }: Which): string {
  return `${job} ${candidate_id}`;
}
