/** What an expert has typed into one conversation and not sent yet. */
export interface Typed {
  text: string;
  /** It began as the withheld answer with this turn id, and is sent with its sources. */
  draft: string | null;
}

export const NOTHING: Typed = { text: "", draft: null };

const STORED_AS = "tandem.desk.typed";

interface Kept {
  user: string;
  typed: Record<string, Typed>;
  set_aside: string[];
}

/**
 * Typed texts by conversation, and withheld answers that were set aside: kept while columns close,
 * the page is loaded again and the sign-in expires; in this tab only, and for one person.
 */
export class TypedTexts {
  private kept: Kept;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    user: string,
  ) {
    const kept = read(storage);
    this.kept = kept?.user === user ? kept : { user, typed: {}, set_aside: [] };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  of(conversation_id: string): Typed {
    return this.kept.typed[conversation_id] ?? NOTHING;
  }

  write(conversation_id: string, typed: Typed): void {
    const { [conversation_id]: _, ...others } = this.kept.typed;
    const empty = typed.text === "" && typed.draft === null;
    this.keep({ ...this.kept, typed: empty ? others : { ...others, [conversation_id]: typed } });
  }

  /** Whether a withheld answer was discarded, or used, here. */
  isSetAside(draft: string): boolean {
    return this.kept.set_aside.includes(draft);
  }

  setAside(draft: string, aside: boolean): void {
    const others = this.kept.set_aside.filter((other) => other !== draft);
    this.keep({ ...this.kept, set_aside: aside ? [...others, draft] : others });
  }

  /** Whoever signs in next finds nothing of it. */
  forget(): void {
    try {
      this.storage.removeItem(STORED_AS);
    } catch {
      // Nothing could be stored either.
    }
  }

  private keep(kept: Kept): void {
    this.kept = kept;
    try {
      this.storage.setItem(STORED_AS, JSON.stringify(kept));
    } catch {
      // A full or forbidden storage: kept as long as the page is open.
    }
    for (const listener of this.listeners) listener();
  }
}

function read(storage: Pick<Storage, "getItem">): Kept | null {
  try {
    return JSON.parse(storage.getItem(STORED_AS) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}
