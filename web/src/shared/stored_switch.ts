const STORED_AS = "tandem.desk.sound";

/** Whether calls are heard: kept on this machine, on until it is switched off. */
export class SoundSetting {
  private readonly listeners = new Set<() => void>();
  private value: boolean;

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem">) {
    let kept: string | null = null;
    try {
      kept = storage.getItem(STORED_AS);
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
      this.storage.setItem(STORED_AS, this.value ? "on" : "off");
    } catch {
      // It holds as long as the page is open.
    }
    for (const listener of this.listeners) listener();
  }
}
