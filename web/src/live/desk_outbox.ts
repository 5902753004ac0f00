import type { Happening, Outgoing } from "./conversation";
import { Refused } from "./http";

/** A message as it was meant: what every attempt has to send. */
export interface Meant {
  text: string;
  use_draft: boolean;
}

export interface DeskOutboxOptions {
  /** Stores a message; resolves when the conversation shows it as stored. */
  post: (conversation_id: string, client_id: string, meant: Meant) => Promise<void>;
  /** Something happens to the messages that a conversation shows as on their way. */
  happen: (conversation_id: string, happening: Happening) => void;
  onFailure: (error: unknown) => void;
}

const UNREACHED = "The server was not reached. It is sent again when the connection is back.";

/**
 * An expert's messages on their way: shown at once, sent one after the other in the order in which
 * they were written, and again under the same id if that went wrong.
 */
export class DeskOutbox {
  private readonly sending = new Map<string, Promise<void>>();
  private readonly meant = new Map<string, Meant>();
  /** Messages that failed because the server was not reached, with their conversation. */
  private readonly unreached = new Map<string, string>();

  constructor(private readonly options: DeskOutboxOptions) {}

  async send(conversation_id: string, shown: string, meant: Meant): Promise<void> {
    const message: Outgoing = {
      client_id: crypto.randomUUID(),
      text: shown,
      at: new Date().toISOString(),
      state: "sending",
    };
    this.meant.set(message.client_id, meant);
    this.options.happen(conversation_id, { kind: "send", message });
    await this.deliver(conversation_id, message.client_id);
  }

  async retry(conversation_id: string, client_id: string): Promise<void> {
    this.unreached.delete(client_id);
    this.options.happen(conversation_id, { kind: "retry", client_id });
    await this.deliver(conversation_id, client_id);
  }

  discard(conversation_id: string, client_id: string): void {
    this.unreached.delete(client_id);
    this.meant.delete(client_id);
    this.options.happen(conversation_id, { kind: "discard", client_id });
  }

  /** Send again what did not reach the server, where it may still be sent. */
  retryUnreached(may: (conversation_id: string) => boolean): void {
    for (const [client_id, conversation_id] of this.unreached) {
      if (may(conversation_id)) void this.retry(conversation_id, client_id);
    }
  }

  /** All that was written into a conversation so far has been sent, or has failed. */
  async settled(conversation_id: string): Promise<void> {
    await this.sending.get(conversation_id);
  }

  private deliver(conversation_id: string, client_id: string): Promise<void> {
    const before = this.sending.get(conversation_id) ?? Promise.resolve();
    const delivered = before.then(() => this.attempt(conversation_id, client_id));
    this.sending.set(conversation_id, delivered);
    return delivered;
  }

  private async attempt(conversation_id: string, client_id: string): Promise<void> {
    const meant = this.meant.get(client_id);
    if (!meant) return; // discarded, or sent by an attempt before
    try {
      await this.options.post(conversation_id, client_id, meant);
      this.meant.delete(client_id);
    } catch (error) {
      const refused = error instanceof Refused;
      const problem = refused
        ? { code: error.code, message: error.message }
        : { code: "unreachable", message: UNREACHED };
      if (!refused) this.unreached.set(client_id, conversation_id);
      this.options.happen(conversation_id, { kind: "failed", client_id, problem });
      this.options.onFailure(error);
    }
  }
}
