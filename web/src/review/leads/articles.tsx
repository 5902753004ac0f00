import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import { useChoice } from "../../shared/address";
import PageHead from "../../shared/page_head";
import { useAgainEvery } from "../../shared/reading";
import ArticleCard from "./article_card";
import { type BaseWords, lookAgainMs, outcome } from "./base_words";
import DecideDialog, { type Asked } from "./decide_dialog";
import EditDialog from "./edit_dialog";
import { useListing } from "./listing";
import ShowMore from "./show_more";

type Article = Schemas["Article"];

const LISTS = ["proposed", "published", "rejected", "expired", "withdrawn", "problem"] as const;
type List = (typeof LISTS)[number];

const TITLES: Record<List, string> = {
  proposed: "Proposed",
  published: "Published",
  rejected: "Rejected",
  expired: "Expired",
  withdrawn: "Withdrawn",
  problem: "Problems",
};
const EMPTY: Record<List, string> = {
  proposed:
    "Nothing waits for you. Experts propose an answer when they end a conversation at the desk.",
  published: "The assistant cites no article yet.",
  rejected: "Nothing was rejected.",
  expired: "Nothing has expired.",
  withdrawn: "Nothing was withdrawn.",
  problem: "The knowledge base has taken each article that is published, and holds no other.",
};
/** The server counts no further. */
const COUNTED = 1000;

interface ArticlesProps {
  server: ReviewServer;
  settings: Schemas["ReviewSettings"];
}

/** What experts answered, and what the assistant may cite of it. */
export default function Articles({ server, settings }: ArticlesProps) {
  const [list, choose] = useChoice("status", LISTS);
  const listing = useListing(
    useCallback(
      async (after?: string) => {
        const { articles, next, problems } = await server.articles(list, after);
        return { list, items: articles, next, problems };
      },
      [server, list],
    ),
    idOf,
  );
  // What was read for another list is not shown for this one.
  const articles = listing.value?.list === list ? listing.value.items : null;
  const problems = listing.value?.problems ?? 0;
  useAgainEvery(lookAgainMs(articles ?? [], problems), listing.again);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [edited, setEdited] = useState<Article | null>(null);
  const [done, setDone] = useState<BaseWords | null>(null);
  const cards = useRef<HTMLUListElement>(null);
  const empty = useRef<HTMLDivElement>(null);
  const gone = useRef<number | null>(null);

  const put = (after: Article) => {
    const stays = list === "problem" || after.status === list;
    if (!stays) gone.current = articles?.findIndex((one) => idOf(one) === idOf(after)) ?? null;
    listing.put((before) => ({
      ...before,
      items: before.items.flatMap((one) => {
        if (idOf(one) !== idOf(after)) return [one];
        return stays ? [after] : [];
      }),
    }));
  };
  const changed = (after: Article | null) => {
    if (after) put(after);
    else listing.again();
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
        reading={listing}
        said={done ? `${done.verdict}. ${done.words}` : ""}
      />
      {done && (
        <Alert
          type={done.type === "pending" ? "info" : done.type}
          header={done.verdict}
          dismissible
          onDismiss={() => setDone(null)}
        >
          {done.words}
        </Alert>
      )}
      {problems > 0 && list !== "problem" && (
        <Alert
          type="warning"
          header={`${counted(problems)} ${problems === 1 ? "article is" : "articles are"} not in the knowledge base as decided`}
          action={<Button onClick={() => choose("problem")}>Show them</Button>}
        >
          It has not taken them, or answers may still cite them although they have ended. It is
          tried again by itself.
        </Alert>
      )}
      <SegmentedControl
        label="Which articles"
        selectedId={list}
        options={LISTS.map((id) => ({
          id,
          text: id === "problem" && problems ? `${TITLES[id]} (${counted(problems)})` : TITLES[id],
        }))}
        onChange={({ detail }) => choose(detail.selectedId as List)}
      />
      {!articles && !listing.failure && <Spinner size="large" />}
      {articles?.length === 0 && (
        <div ref={empty} tabIndex={-1} className="leads-empty">
          {EMPTY[list]}
        </div>
      )}
      {articles && articles.length > 0 && (
        <ul className="leads-cards" ref={cards} aria-label={TITLES[list]}>
          {articles.map((article) => (
            <li key={idOf(article)}>
              <ArticleCard
                article={article}
                onDecide={(decision) => setAsked({ article, decision })}
                onEdit={() => setEdited(article)}
              />
            </li>
          ))}
        </ul>
      )}
      {articles && <ShowMore listing={listing} />}
      {asked && (
        <DecideDialog
          asked={asked}
          server={server}
          onDecided={(after) => {
            put(after);
            setDone(outcome(after, "decided"));
          }}
          onChanged={changed}
          onClose={() => setAsked(null)}
        />
      )}
      {edited && (
        <EditDialog
          article={edited}
          product_areas={settings.product_areas}
          server={server}
          onEdited={(after) => {
            put(after);
            setDone(outcome(after, "edited"));
          }}
          onChanged={changed}
          onClose={() => setEdited(null)}
        />
      )}
    </SpaceBetween>
  );
}

function idOf({ article_id }: Article): string {
  return article_id;
}

function counted(problems: number): string {
  return problems >= COUNTED ? `${COUNTED.toLocaleString()} or more` : problems.toLocaleString();
}
