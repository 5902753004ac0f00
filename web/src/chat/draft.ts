const STORED_AS = "tandem.draft";

/** What the customer has written and not sent; it is kept over a reload, in this tab. */
export interface Draft {
  read: () => string;
  write: (text: string) => void;
}

export function draftIn(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">): Draft {
  return {
    read: () => storage.getItem(STORED_AS) ?? "",
    write: (text) => {
      if (text) storage.setItem(STORED_AS, text);
      else storage.removeItem(STORED_AS);
    },
  };
}
