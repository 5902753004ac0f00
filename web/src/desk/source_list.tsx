import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Link from "@cloudscape-design/components/link";
import type { Source } from "../contracts/frames";
import { sourceMarks } from "../shared/source_marks";

/** The documents that an answer rests on, with the retriever's score (0 to 1). */
export default function SourceList({ sources }: { sources: readonly Source[] }) {
  if (sources.length === 0) return null;
  const many = sources.length === 1 ? "1 source" : `${sources.length} sources`;
  return (
    <ExpandableSection variant="inline" headerText={many}>
      <ul className="source-list">
        {sources.map((source) => (
          <li key={source.uri}>
            {sourceMarks(source)}{" "}
            {/^https?:/i.test(source.uri) ? (
              <Link href={source.uri} external>
                {source.title}
              </Link>
            ) : (
              <span title={source.uri}>{source.title}</span>
            )}
            {source.score !== null && ` (${source.score.toFixed(2)})`}
          </li>
        ))}
      </ul>
    </ExpandableSection>
  );
}
