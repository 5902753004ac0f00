import type { Schemas } from "./http";
import { type Answer, HttpStandIn, ok, refused } from "./http_stand_in";

export const HTTP = "https://review.test";

type Done =
  | { kind: "rated"; item: Schemas["Item"]; rating: Schemas["Rate"] }
  | { kind: "skipped"; item: Schemas["Item"] };

/** The review's side of the server; what becomes of a rating is the real one's matter. */
export class ReviewStandIn extends HttpStandIn {
  settings: Schemas["ReviewSettings"] = {
    user: "ana",
    name: "Ana Novak",
    lead: false,
    instructions: "Rate how well the answer serves the question.",
    examples: [
      {
        question: "How do I change my delivery address?",
        answer: "We deliver to most countries within five days.",
        rating: 1,
        why: "About something else.",
      },
    ],
    labels: [
      { rating: 1, label: "Not relevant" },
      { rating: 2, label: "Slightly relevant" },
      { rating: 3, label: "Somewhat relevant" },
      { rating: 4, label: "Relevant" },
      { rating: 5, label: "Highly relevant" },
    ],
    reason_up_to: 2,
    hold_seconds: 300,
    product_areas: [],
  };
  /** What is to be rated; the first one is before the reviewer. */
  readonly items: Schemas["Item"][] = [];
  readonly done: Done[] = [];
  readonly flagged: { item: Schemas["Item"]; reason: string }[] = [];
  fate: Schemas["LabelFate"] = {
    rated: 0,
    in_labels: 0,
    in_datasets: 0,
    newest_dataset: null,
    models: [],
  };
  overview: Schemas["ReviewOverview"] = {
    agreement: { alpha: null, low: null, high: null, items: 0, ratings: 0 },
    reviewers: [],
    candidates: { waiting: 0, labeling: 0, labeled: 0, flagged: 0, given_up: 0, discarded: 0 },
    disagreements: 0,
    jobs: [],
    datasets: [],
    withdrawals: 0,
  };
  disagreements: Schemas["CandidateView"][] = [];
  candidates: Schemas["CandidateView"][] = [];
  articles: Schemas["Article"][] = [];
  withdrawals: Schemas["WithdrawalView"][] = [];
  /** What a withdrawal finds to be left. */
  left: Partial<Schemas["WithdrawalView"]> = {};
  /** What the knowledge base makes of an article that was changed. */
  base: (article: Schemas["Article"]) => Partial<Schemas["Article"]> = (article) => {
    const held = article.status === "published";
    return {
      indexed: held,
      may_be_held: held,
      published_revision: held ? article.revision : null,
      problem: "",
    };
  };
  /** So many articles or withdrawals are listed at once. */
  listed = 20;

  /** Something to rate. */
  item(candidate_id: string, change: Partial<Schemas["Item"]> = {}): Schemas["Item"] {
    const item: Schemas["Item"] = {
      job: "job-1",
      candidate_id,
      question: `Question ${candidate_id}?`,
      answer: `Answer ${candidate_id}.`,
      context: [],
      held_until: new Date(Date.now() + this.settings.hold_seconds * 1000).toISOString(),
      ...change,
    };
    this.items.push(item);
    return item;
  }

  protected answer(method: string, path: string, body: Record<string, unknown>): Answer {
    const [, status] = /^\/review\/candidates\?.*status=([a-z_]+)/.exec(path) ?? [];
    if (status) {
      return ok({ candidates: this.candidates.filter((one) => one.status === status) });
    }
    switch (`${method} ${path.replace(/\?.*/, "")}`) {
      case "GET /review/settings":
        return ok(this.settings);
      case "POST /review/next":
        return ok(this.next());
      case "POST /review/rate":
        return this.rate(body as Schemas["Rate"]);
      case "POST /review/skip":
        return this.putAside(body as Schemas["PutAside"], false);
      case "POST /review/flag":
        return this.putAside(body as Schemas["PutAside"], true);
      case "POST /review/undo":
        return this.undo();
      case "POST /review/heartbeat":
        return this.at(body) ? ok({ held_until: this.items[0]?.held_until }) : NOT_YOURS;
      case "POST /review/release":
        return ok({ released: true });
      case "GET /review/progress":
        return ok(this.progress());
      case "GET /review/fate":
        return ok(this.fate);
      case "GET /review/overview":
        return ok(this.overview);
      case "GET /review/disagreements":
        return ok({ candidates: this.disagreements });
      case "POST /review/adjudicate":
        return this.adjudicate(body as Schemas["Adjudicate"]);
      case "POST /review/standing":
        return this.setStanding(body as Schemas["SetStanding"]);
      case "POST /review/labeling":
        return ok({ waiting: this.overview.candidates.waiting });
      case "GET /review/articles":
        return this.listArticles(new URLSearchParams(path.replace(/.*\?/, "")));
      case "GET /review/withdrawals": {
        const { items, next } = this.piece(this.withdrawals, /after=(\d+)/.exec(path)?.[1]);
        return ok({ withdrawals: items, next });
      }
      case "POST /review/withdrawals":
        return this.withdraw(body as Schemas["Withdraw"]);
    }
    const [, id, action] = /^\/review\/articles\/([^/]+)\/(edit|decide)$/.exec(path) ?? [];
    const article = this.articles.find((one) => one.article_id === id);
    if (!article) return refused(404, "not_found", "There is no such address.");
    return action === "edit"
      ? this.edit(article, body as Schemas["EditArticle"])
      : this.decide(article, body as Schemas["DecideArticle"]);
  }

  private at({ candidate_id }: Record<string, unknown>): Schemas["Item"] | undefined {
    const [first] = this.items;
    return first?.candidate_id === candidate_id ? first : undefined;
  }

  private progress(): Schemas["Progress"] {
    const rated = this.done.filter(({ kind }) => kind === "rated").length;
    return {
      rated_today: rated,
      rated,
      skipped: this.done.length - rated,
      left: this.items.length,
      can_undo: this.done.length > 0,
    };
  }

  private next(): Schemas["Next"] {
    return { item: this.items[0] ?? null, progress: this.progress() };
  }

  private rate(rating: Schemas["Rate"]): Answer {
    const item = this.at({ ...rating });
    if (!item) return NOT_YOURS;
    if (rating.rating <= this.settings.reason_up_to && !rating.reason) {
      return refused(400, "reason_needed", "Say why, for a rating so low.");
    }
    this.items.shift();
    this.done.push({ kind: "rated", item, rating });
    return ok(this.next());
  }

  private putAside(aside: Schemas["PutAside"], flag: boolean): Answer {
    const item = this.at({ ...aside });
    if (!item) return NOT_YOURS;
    this.items.shift();
    if (flag) this.flagged.push({ item, reason: aside.reason });
    else this.done.push({ kind: "skipped", item });
    return ok(this.next());
  }

  private undo(): Answer {
    const last = this.done.pop();
    if (!last) return refused(409, "nothing_to_undo", "There is nothing that can be undone.");
    this.items.unshift(last.item);
    const rating = last.kind === "rated" ? last.rating : undefined;
    return ok({
      item: last.item,
      rating: rating?.rating ?? null,
      reason: rating?.reason ?? "",
      better_answer: rating?.better_answer ?? "",
      progress: this.progress(),
    });
  }

  private adjudicate(asked: Schemas["Adjudicate"]): Answer {
    const all = [...this.disagreements, ...this.candidates];
    const found = all.find(({ candidate_id }) => candidate_id === asked.candidate_id);
    if (!found) return refused(404, "not_found", "There is no such candidate.");
    const others = (list: Schemas["CandidateView"][]) => list.filter((one) => one !== found);
    this.disagreements = others(this.disagreements);
    this.candidates = others(this.candidates);
    const status = ({ label: "labeled", return: "waiting", discard: "discarded" } as const)[
      asked.decision
    ];
    return ok({ ...found, status, note: asked.note ?? "" });
  }

  private setStanding({ reviewer, standing, note }: Schemas["SetStanding"]): Answer {
    this.overview = {
      ...this.overview,
      reviewers: this.overview.reviewers.map((one) =>
        one.reviewer === reviewer ? { ...one, standing, by: "lead", because: note } : one,
      ),
    };
    return ok({ reviewer, standing, relabeled: 3 });
  }

  private piece<T>(all: readonly T[], after = "0") {
    const end = Number(after) + this.listed;
    return { items: all.slice(Number(after), end), next: end < all.length ? `${end}` : null };
  }

  private listArticles(query: URLSearchParams): Answer {
    const status = query.get("status");
    const troubled = this.articles.filter(
      (one) => one.problem || (one.status !== "published" && one.may_be_held),
    );
    const found =
      status === "problem" ? troubled : this.articles.filter((one) => one.status === status);
    const { items, next } = this.piece(found, query.get("after") ?? undefined);
    return ok({ articles: items, next, problems: troubled.length });
  }

  private edit(
    article: Schemas["Article"],
    { revision, ...change }: Schemas["EditArticle"],
  ): Answer {
    if (article.status === "withdrawn") {
      return refused(409, "no_longer_open", "This article is withdrawn.");
    }
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    if (!given.length) return ok(article);
    return this.changed(article, revision, Object.fromEntries(given));
  }

  private decide(article: Schemas["Article"], asked: Schemas["DecideArticle"]): Answer {
    const { revision, decision, note } = asked;
    const status = (
      {
        approve: "published",
        reject: "rejected",
        expire: "expired",
        withdraw: "withdrawn",
      } as const
    )[decision];
    if (article.status === status) return ok(article);
    return this.changed(article, revision, { status, note: note ?? "" });
  }

  private changed(
    article: Schemas["Article"],
    seen: number,
    change: Partial<Schemas["Article"]>,
  ): Answer {
    if (seen < article.changed_revision) {
      return refused(409, "changed_meanwhile", "Somebody has changed this article.");
    }
    const revision = article.revision + 1;
    const stored = { ...article, ...change, revision, changed_revision: revision };
    const after = { ...stored, ...this.base(stored) };
    this.articles = this.articles.map((one) => (one === article ? after : one));
    return ok(after);
  }

  private withdraw({ conversation_id, reason }: Schemas["Withdraw"]): Answer {
    const withdrawal: Schemas["WithdrawalView"] = {
      conversation_id,
      at: new Date().toISOString(),
      by: this.settings.user,
      reason: reason ?? "",
      datasets: [1],
      models: ["tuned-1"],
      left: [],
      problem: "",
      until_sync: [],
      in_jobs: [],
      ...this.left,
    };
    this.withdrawals = [withdrawal, ...this.withdrawals];
    return ok(withdrawal);
  }
}

const NOT_YOURS = refused(409, "not_yours", "This item is before somebody else by now.");

/** A candidate as a lead sees it. */
export function candidateView(
  candidate_id: string,
  change: Partial<Schemas["CandidateView"]> = {},
): Schemas["CandidateView"] {
  return {
    candidate_id,
    conversation_id: `c-${candidate_id}`,
    question: `Question ${candidate_id}?`,
    answer: `Answer ${candidate_id}.`,
    context: [],
    model_id: "a-model",
    picks: ["random"],
    status: "labeled",
    label: null,
    ratings: [],
    returns: [],
    note: "",
    in_test_series: null,
    ...change,
  };
}

/** An article that waits for a lead. */
export function article(
  article_id: string,
  change: Partial<Schemas["Article"]> = {},
): Schemas["Article"] {
  return {
    revision: 0,
    article_id,
    conversation_id: `c-${article_id}`,
    question: `Question ${article_id}?`,
    answer: `Answer ${article_id}.`,
    product_area: "",
    status: "proposed",
    answered_by: "Ada Expert",
    created_at: "2026-11-20T10:00:00Z",
    approved_by: null,
    approved_at: null,
    expires_at: null,
    changed_revision: 0,
    may_be_held: false,
    published_revision: null,
    indexed: false,
    at_next_sync: false,
    problem: "",
    note: "",
    ...change,
  };
}
