import ExpandableSection from "@cloudscape-design/components/expandable-section";
import "./definition_list.css";

export type Definitions = readonly (readonly [term: string, meaning: string])[];

interface Props {
  readonly heading: string;
  readonly definitions: Definitions;
}

/** What each figure of a page means, for those who must answer for it. */
export function DefinitionList({ heading, definitions }: Props) {
  return (
    <ExpandableSection variant="container" headerText={heading}>
      <dl className="definition-list">
        {definitions.map(([term, meaning]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </ExpandableSection>
  );
}
