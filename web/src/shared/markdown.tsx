import "./markdown.css";
import Link from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import Markdown, { type Components } from "react-markdown";
import gfm from "remark-gfm";

/** What an answer may be made of. No images: they would call foreign servers. */
const ALLOWED = [
  ...["p", "br", "em", "strong", "del", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr"],
  ...["h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"],
];

const SAFE_LINK = /^(https?:|mailto:)/i;

const COMPONENTS: Components = {
  p: ({ children }) => <p dir="auto">{children}</p>,
  li: ({ children }) => <li dir="auto">{children}</li>,
  // A heading inside a message is none of the page's outline.
  ...Object.fromEntries(
    ["h1", "h2", "h3", "h4", "h5", "h6"].map((name) => [
      name,
      ({ children }: { children?: ReactNode }) => (
        <p dir="auto">
          <strong>{children}</strong>
        </p>
      ),
    ]),
  ),
  a: ({ href, children }) =>
    href && SAFE_LINK.test(href) ? (
      <Link
        href={href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        variant="primary"
        fontSize="inherit"
      >
        {children}
      </Link>
    ) : (
      children
    ),
  pre: ({ children }) => (
    // Scrolls by itself, so a keyboard has to reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
    <pre dir="ltr" tabIndex={0}>
      {children}
    </pre>
  ),
};

/**
 * An answer as the person who wrote it meant it: Markdown (CommonMark with GitHub's tables and
 * strikethrough). HTML in it stays text; links lead only to http, https and mailto.
 */
export default function MarkdownText({ text }: { text: string }) {
  return (
    <div className="markdown" dir="auto">
      <Markdown
        remarkPlugins={[gfm]}
        allowedElements={ALLOWED}
        unwrapDisallowed
        components={COMPONENTS}
      >
        {text}
      </Markdown>
    </div>
  );
}
