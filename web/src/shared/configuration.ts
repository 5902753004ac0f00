/** What a page knows of its deployment; `web/publish.py` writes it into the page's head. */
export interface Configuration {
  http_url: string;
  websocket_url: string;
  region: string;
  /** Where experts, leads and reviewers sign in; null where nobody does. */
  desk: { user_pool_id: string; client_id: string; endpoint: string | null } | null;
  /** Whether a customer may write without a token of the team's identity provider. */
  guests: boolean;
  /** Whether people are called to the desk. */
  escalation: boolean;
  /** Whether answers are rated. */
  review: boolean;
  /** Whether models are trained on the ratings. */
  tuning: boolean;
}

/** Throws when the page was not published, but opened as it was built. */
export function readConfiguration(from: Document = document): Configuration {
  const element = from.querySelector<HTMLMetaElement>('meta[name="tandem"]');
  if (!element) {
    throw new Error("This page belongs to no deployment. Publish it with `make deploy`.");
  }
  return JSON.parse(element.content) as Configuration;
}
