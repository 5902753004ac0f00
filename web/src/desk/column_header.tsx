import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode, Ref } from "react";

export type ColumnChoice = "history" | "refresh" | "reassign" | "draft";

interface ColumnHeaderProps {
  id: string;
  customer: string;
  /** Who has the word, and what else is to be known at a glance. */
  description: ReactNode;
  may_reassign: boolean;
  /** A withheld answer was set aside and can be had back. */
  has_draft_aside: boolean;
  onChoice: (choice: ColumnChoice) => void;
  onClose: () => void;
  /** The heading: it takes the focus when the column is gone to. */
  ref?: Ref<HTMLSpanElement>;
}

/** Whom a column is about, and what can be done with the whole conversation. */
export default function ColumnHeader(props: ColumnHeaderProps) {
  const { id, customer, description, may_reassign, has_draft_aside, onChoice, onClose, ref } =
    props;
  return (
    <Header
      variant="h2"
      description={description}
      actions={
        <SpaceBetween direction="horizontal" size="xxs">
          <ButtonDropdown
            variant="icon"
            ariaLabel={`More about ${customer}`}
            expandToViewport
            items={[
              { id: "history", text: "History" },
              { id: "refresh", text: "Read again" },
              { id: "reassign", text: "Reassign …", disabled: !may_reassign },
              ...(has_draft_aside ? [{ id: "draft", text: "Show the withheld answer" }] : []),
            ]}
            onItemClick={({ detail }) => onChoice(detail.id as ColumnChoice)}
          />
          <Button
            variant="icon"
            iconName="close"
            ariaLabel={`Close ${customer}`}
            onClick={onClose}
          />
        </SpaceBetween>
      }
    >
      <span id={id} ref={ref} tabIndex={-1} className="column-heading">
        {customer}
      </span>
    </Header>
  );
}
