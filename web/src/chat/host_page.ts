import type { Identity } from "../live/customer_session";
import { type FromFrame, type FromLoader, messageFrom } from "../widget/protocol";

/** Longer than the team's page may take to get a token from its own server. */
const TOKEN_WITHIN_MS = 20_000;

interface HostPageListener {
  /** The page knows who the customer is, or (null) doesn't. */
  onIdentity: (identity: Identity | null) => void;
  onOpened: () => void;
}

/** The page that shows this one in a frame, by the widget's loader. */
export class HostPage {
  private readonly asked = new Map<number, (token: string | null) => void>();
  private lastId = 0;

  constructor(
    private readonly origin: string,
    private readonly listener: HostPageListener,
    /** Which window it is; for tests. */
    private readonly host: Window = window.parent,
  ) {
    addEventListener("message", this.receive);
    this.send({ tandem: "ready" });
  }

  close(): void {
    this.send({ tandem: "close" });
  }

  news(): void {
    this.send({ tandem: "news" });
  }

  stop(): void {
    removeEventListener("message", this.receive);
  }

  private readonly receive = (event: MessageEvent): void => {
    const message = messageFrom<FromLoader>(event, { window: this.host, origin: this.origin });
    switch (message?.tandem) {
      case "identity":
        this.listener.onIdentity(message.known ? this.token : null);
        return;
      case "token":
        this.asked.get(message.id)?.(message.token);
        return;
      case "opened":
        this.listener.onOpened();
    }
  };

  private readonly token: Identity = async () => {
    this.lastId += 1;
    const id = this.lastId;
    const token = await new Promise<string | null>((resolve) => {
      setTimeout(() => resolve(null), TOKEN_WITHIN_MS);
      this.asked.set(id, resolve);
      this.send({ tandem: "token", id });
    });
    this.asked.delete(id);
    if (!token) throw new Error("The page gave no token.");
    return token;
  };

  private send(message: FromFrame): void {
    this.host.postMessage(message, this.origin);
  }
}
