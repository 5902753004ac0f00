import type { EscalationView } from "../contracts/frames";
import type { DeskView } from "./desk_conversation";
import type { Meant } from "./desk_outbox";
import type { Schemas } from "./http";
import { SignedInServer } from "./signed_in_server";

export interface Ending {
  outcome: string;
  note: string;
  knowledge: boolean;
}

/** The desk's HTTP interface. All reject with `Refused` or `Unreachable`. */
export class DeskServer extends SignedInServer {
  settings(): Promise<Schemas["DeskSettings"]> {
    return this.ask(() => this.api.GET("/desk/settings"));
  }

  /** Who sits at the desk now. */
  async people(): Promise<readonly Schemas["PersonView"][]> {
    return (await this.ask(() => this.api.GET("/desk/people"))).people;
  }

  async queue(state: "open" | "follow_up"): Promise<readonly EscalationView[]> {
    const params = state === "open" ? {} : { params: { query: { state } } };
    return (await this.ask(() => this.api.GET("/desk/queue", params))).escalations;
  }

  ticket(): Promise<Schemas["Ticket"]> {
    return this.ask(() => this.api.POST("/desk/ticket"));
  }

  conversation(id: string): Promise<DeskView> {
    return this.ask(() => this.api.GET("/desk/conversations/{conversation_id}", at(id)));
  }

  audit(id: string): Promise<Schemas["AuditTrail"]> {
    return this.ask(() => this.api.GET("/desk/conversations/{conversation_id}/audit", at(id)));
  }

  /** What "add to knowledge" would keep. */
  knowledge(id: string): Promise<Schemas["KnowledgePreview"]> {
    return this.ask(() => this.api.GET("/desk/conversations/{conversation_id}/knowledge", at(id)));
  }

  claim(id: string): Promise<EscalationView> {
    return this.ask(() => this.api.POST("/desk/conversations/{conversation_id}/claim", at(id)));
  }

  async say(id: string, client_id: string, meant: Meant): Promise<Schemas["Turn"]> {
    const body = { client_id, ...meant };
    const said = await this.ask(() =>
      this.api.POST("/desk/conversations/{conversation_id}/messages", { ...at(id), body }),
    );
    return said.turn;
  }

  async handBack(id: string, body: Ending): Promise<void> {
    await this.ask(() =>
      this.api.POST("/desk/conversations/{conversation_id}/hand-back", { ...at(id), body }),
    );
  }

  async resolve(id: string, body: Ending): Promise<void> {
    await this.ask(() =>
      this.api.POST("/desk/conversations/{conversation_id}/resolve", { ...at(id), body }),
    );
  }

  /** To somebody (a user name), or to anybody. */
  async reassign(id: string, to: string | null, note: string): Promise<void> {
    const body = { to, note };
    await this.ask(() =>
      this.api.POST("/desk/conversations/{conversation_id}/reassign", { ...at(id), body }),
    );
  }

  followUp(id: string, escalation_id: string, ending: Ending): Promise<EscalationView> {
    const body = { ...ending, escalation_id };
    return this.ask(() =>
      this.api.POST("/desk/conversations/{conversation_id}/follow-up", { ...at(id), body }),
    );
  }

  /** A sign of life for a conversation that this person holds. */
  async presence(id: string): Promise<void> {
    await this.ask(() => this.api.POST("/desk/conversations/{conversation_id}/presence", at(id)));
  }
}

function at(conversation_id: string): { params: { path: { conversation_id: string } } } {
  return { params: { path: { conversation_id } } };
}
