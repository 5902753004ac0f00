import { type ComponentType, memo, useEffect, useSyncExternalStore } from "react";
import { PlainText } from "../shared/plain_text";

type MarkdownText = ComponentType<{ text: string }>;

let loaded: MarkdownText | null = null;
let loading: Promise<void> | null = null;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Fetch what Markdown needs, so that it is there when the first answer comes. */
export function loadMarkdown(): Promise<void> {
  loading ??= import("../shared/markdown")
    .then((module) => {
      loaded = module.default;
      for (const listener of listeners) listener();
    })
    .catch(() => {
      loading = null; // offline: the next answer tries again, plain text is shown meanwhile
    });
  return loading;
}

/** An answer's text: as it was written until Markdown is loaded, laid out from then on. */
export const RichText = memo(function RichText({ text }: { text: string }) {
  const Markdown = useSyncExternalStore(subscribe, () => loaded);
  useEffect(() => {
    void loadMarkdown();
  }, []);
  return Markdown ? <Markdown text={text} /> : <PlainText text={text} />;
});
