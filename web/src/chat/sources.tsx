import "./sources.css";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Link from "@cloudscape-design/components/link";
import type { Source } from "../contracts/frames";
import { sourceMarks } from "../shared/source_marks";
import { usePage } from "./page_context";

/** The documents that an answer rests on. Several stay folded until the reader wants them. */
export function Sources({ sources }: { sources: readonly Source[] }) {
  const { words } = usePage();
  const [first, ...others] = sources;
  if (!first) return null;
  if (others.length === 0) {
    return (
      <div className="sources">
        {words.source}: {sourceMarks(first)} <SourceTitle source={first} />
      </div>
    );
  }
  return (
    <div className="sources">
      <ExpandableSection variant="footer" headerText={words.sources(sources.length)}>
        <ul>
          {sources.map((source) => (
            <li key={source.uri}>
              {sourceMarks(source)} <SourceTitle source={source} />
            </li>
          ))}
        </ul>
      </ExpandableSection>
    </div>
  );
}

function SourceTitle({ source }: { source: Source }) {
  const title = <bdi>{source.title || source.uri}</bdi>;
  // Documents in a bucket have addresses that a customer cannot open.
  if (!/^https?:\/\//i.test(source.uri)) return title;
  return (
    <Link
      href={source.uri}
      target="_blank"
      rel="noopener noreferrer nofollow"
      fontSize="inherit"
      variant="primary"
    >
      {title}
    </Link>
  );
}
