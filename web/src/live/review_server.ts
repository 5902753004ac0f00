import { Refused, type Schemas } from "./http";
import { SignedInServer, type TokenSource } from "./signed_in_server";

export type Item = Schemas["Item"];
export type Which = Schemas["Which"];
export type ArticleDecision = Schemas["DecideArticle"]["decision"];
export type ArticleStatus = Schemas["Article"]["status"];
/** Which article a lead has before them, as of when. */
type Seen = Pick<Schemas["Article"], "article_id" | "revision">;

/** The review's HTTP interface. All reject with `Refused` or `Unreachable`. */
export class ReviewServer extends SignedInServer {
  constructor(
    private readonly http_url: string,
    token: TokenSource,
  ) {
    super(http_url, token);
  }

  // --- reviewers ---------------------------------------------------------------------------------
  settings(): Promise<Schemas["ReviewSettings"]> {
    return this.ask(() => this.api.GET("/review/settings"));
  }

  /** The item before this person, or a new one. */
  next(): Promise<Schemas["Next"]> {
    return this.ask(() => this.api.POST("/review/next"));
  }

  rate(body: Schemas["Rate"]): Promise<Schemas["Next"]> {
    return this.ask(() => this.api.POST("/review/rate", { body }));
  }

  skip(body: Schemas["PutAside"]): Promise<Schemas["Next"]> {
    return this.ask(() => this.api.POST("/review/skip", { body }));
  }

  flag(body: Schemas["PutAside"]): Promise<Schemas["Next"]> {
    return this.ask(() => this.api.POST("/review/flag", { body }));
  }

  undo(): Promise<Schemas["Undone"]> {
    return this.ask(() => this.api.POST("/review/undo"));
  }

  /** A sign of life for the item before this person. */
  heartbeat(body: Which): Promise<Schemas["Held"]> {
    return this.ask(() => this.api.POST("/review/heartbeat", { body }));
  }

  /** How far this person is; takes no item. */
  progress(): Promise<Schemas["Progress"]> {
    return this.ask(() => this.api.GET("/review/progress"));
  }

  fate(): Promise<Schemas["LabelFate"]> {
    return this.ask(() => this.api.GET("/review/fate"));
  }

  /**
   * Give an item back while the page goes away: the request outlives it. The token must be at hand
   * then, so it is fetched before (`ready`).
   */
  release(body: Which, token: string): void {
    void fetch(`${this.http_url.replace(/\/$/, "")}/review/release`, {
      method: "POST",
      keepalive: true,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    }).catch(() => {}); // it goes to others when its time is over
  }

  /** The token of now, to release with; undefined where there is none. */
  async ready(): Promise<string | undefined> {
    try {
      return await this.token();
    } catch {
      return undefined;
    }
  }

  // --- leads -------------------------------------------------------------------------------------
  overview(): Promise<Schemas["ReviewOverview"]> {
    return this.ask(() => this.api.GET("/review/overview"));
  }

  async disagreements(): Promise<readonly Schemas["CandidateView"][]> {
    const params = { query: { limit: LISTED } };
    return (await this.ask(() => this.api.GET("/review/disagreements", { params }))).candidates;
  }

  async candidates(
    status: Schemas["CandidateStatus"],
  ): Promise<readonly Schemas["CandidateView"][]> {
    const params = { query: { status, limit: LISTED } };
    return (await this.ask(() => this.api.GET("/review/candidates", { params }))).candidates;
  }

  adjudicate(body: Schemas["Adjudicate"]): Promise<Schemas["CandidateView"]> {
    return this.ask(() => this.api.POST("/review/adjudicate", { body }));
  }

  setStanding(body: Schemas["SetStanding"]): Promise<Schemas["StandingSet"]> {
    return this.ask(() => this.api.POST("/review/standing", { body }));
  }

  startLabeling(): Promise<Schemas["LabelingAsked"]> {
    return this.ask(() => this.api.POST("/review/labeling"));
  }

  /** The newest of a list, or those that follow `after`, which the answer before gave as `next`. */
  articles(status: ArticleStatus | "problem", after?: string): Promise<Schemas["ArticleList"]> {
    const params = { query: { status, ...(after ? { after } : {}) } };
    return this.ask(() => this.api.GET("/review/articles", { params }));
  }

  editArticle(article_id: string, body: Schemas["EditArticle"]): Promise<Schemas["Article"]> {
    const params = { path: { article_id } };
    return this.ask(() => this.api.POST("/review/articles/{article_id}/edit", { params, body }));
  }

  /** An article as it is now: an edit of nothing is answered with it. Null once it is withdrawn. */
  async articleNow({ article_id, revision }: Seen): Promise<Schemas["Article"] | null> {
    try {
      return await this.editArticle(article_id, { revision });
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return null;
      throw error;
    }
  }

  /** Refused (`changed_meanwhile`) if it is not what was seen any more. */
  decideArticle(
    { article_id, revision }: Seen,
    decision: ArticleDecision,
    note: string,
  ): Promise<Schemas["Article"]> {
    const params = { path: { article_id } };
    const body = { revision, decision, note };
    return this.ask(() => this.api.POST("/review/articles/{article_id}/decide", { params, body }));
  }

  withdrawals(after?: string): Promise<Schemas["WithdrawalList"]> {
    const params = { query: after ? { after } : {} };
    return this.ask(() => this.api.GET("/review/withdrawals", { params }));
  }

  withdraw(body: Schemas["Withdraw"]): Promise<Schemas["WithdrawalView"]> {
    return this.ask(() => this.api.POST("/review/withdrawals", { body }));
  }
}

/** The most that the server lists at once. */
export const LISTED = 100;
