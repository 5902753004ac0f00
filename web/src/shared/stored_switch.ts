/** Something that a person switches on and off: kept on this machine, on until it is switched. */
export class StoredSwitch {
  private readonly listeners = new Set<() => void>();
  private value: boolean;

  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem">,
    private readonly stored_as: string,
  ) {
    let kept: string | null = null;
    try {
      kept = storage.getItem(stored_as);
    } catch {
      // Storage is forbidden: on.
    }
    this.value = kept !== "off";
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly isOn = (): boolean => this.value;

  toggle(): void {
    this.value = !this.value;
    try {
      this.storage.setItem(this.stored_as, this.value ? "on" : "off");
    } catch {
      // It holds as long as the page is open.
    }
    for (const listener of this.listeners) listener();
  }
}
