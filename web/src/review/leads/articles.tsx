import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import { useChoice } from "../places";
import ArticleCard from "./article_card";
import DecideDialog, { type Asked } from "./decide_dialog";
import EditDialog from "./edit_dialog";
import PageHead from "./page_head";
import { useReading } from "./reading";

type Article = Schemas["Article"];
type Status = Article["status"];

const STATUSES = ["proposed", "published", "rejected", "expired", "withdrawn"] as const;

const TITLES: Record<Status, string> = {
  proposed: "Proposed",
  published: "Published",
  rejected: "Rejected",
  expired: "Expired",
  withdrawn: "Withdrawn",
};
const EMPTY: Record<Status, string> = {
  proposed:
    "Nothing waits for you. Experts propose an answer when they end a conversation at the desk.",
  published: "The assistant cites no article yet.",
  rejected: "Nothing was rejected.",
  expired: "Nothing has expired.",
  withdrawn: "Nothing was withdrawn.",
};
const SAID: Record<Status, string> = {
  proposed: "Saved.",
  published: "Published: the assistant may cite it.",
  rejected: "Rejected.",
  expired: "Expired: the assistant does not cite it any more.",
  withdrawn: "Withdrawn: the assistant does not cite it any more.",
};

interface ArticlesProps {
  server: ReviewServer;
  settings: Schemas["ReviewSettings"];
}

/** What experts answered, and what the assistant may cite of it. */
export default function Articles({ server, settings }: ArticlesProps) {
  const [status, choose] = useChoice("status", STATUSES);
  const reading = useReading(useCallback(() => server.articles(), [server]));
  const { value: articles } = reading;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [edited, setEdited] = useState<Article | null>(null);
  const [said, setSaid] = useState("");
  const cards = useRef<HTMLUListElement>(null);
  const empty = useRef<HTMLDivElement>(null);
  const gone = useRef<number | null>(null);

  const counts = useMemo(() => {
    const found = new Map<Status, number>();
    for (const one of articles ?? []) found.set(one.status, (found.get(one.status) ?? 0) + 1);
    return found;
  }, [articles]);
  const shown = articles?.filter((one) => one.status === status) ?? [];

  const changed = (after: Article, words: string) => {
    const place = shown.findIndex((one) => one.article_id === after.article_id);
    reading.put((before) =>
      before.map((one) => (one.article_id === after.article_id ? after : one)),
    );
    setSaid(words);
    if (after.status !== status) gone.current = place;
  };
  // The card that takes the place of one that is gone gets the focus, once the dialog has given it
  // back to a button that is gone as well.
  useEffect(() => {
    const place = gone.current;
    if (asked || edited || place === null) return;
    gone.current = null;
    requestAnimationFrame(() => {
      const left = cards.current?.querySelectorAll<HTMLElement>("[data-article]") ?? [];
      (left[Math.min(place, left.length - 1)] ?? empty.current)?.focus();
    });
  }, [asked, edited]);

  return (
    <SpaceBetween size="l">
      <PageHead
        title="Articles"
        description="Answers of experts that the assistant may cite, once they are approved."
        reading={reading}
        said={said}
      />
      <SegmentedControl
        label="Which articles"
        selectedId={status}
        options={STATUSES.map((id) => ({
          id,
          text: counts.get(id) ? `${TITLES[id]} (${counts.get(id)?.toLocaleString()})` : TITLES[id],
        }))}
        onChange={({ detail }) => choose(detail.selectedId as Status)}
      />
      {!articles && !reading.failure && <Spinner size="large" />}
      {articles && shown.length === 0 && (
        <div ref={empty} tabIndex={-1} className="leads-empty">
          {EMPTY[status]}
        </div>
      )}
      {shown.length > 0 && (
        <ul className="leads-cards" ref={cards} aria-label={TITLES[status]}>
          {shown.map((article) => (
            <li key={article.article_id}>
              <ArticleCard
                article={article}
                onDecide={(decision) => setAsked({ article, decision })}
                onEdit={() => setEdited(article)}
              />
            </li>
          ))}
        </ul>
      )}
      {asked && (
        <DecideDialog
          asked={asked}
          server={server}
          onDecided={(after) => changed(after, SAID[after.status])}
          onClose={() => setAsked(null)}
        />
      )}
      {edited && (
        <EditDialog
          article={edited}
          product_areas={settings.product_areas}
          server={server}
          onEdited={(after) => changed(after, "Saved.")}
          onClose={() => setEdited(null)}
        />
      )}
    </SpaceBetween>
  );
}
