import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Deed, Version } from "../../live/models_server";
import { deedWords } from "./deed_words";

/** A lead wants to do it, with the version as they see it. */
export interface AskedDeed {
  deed: Deed;
  version: Version;
}

interface DeedButtonsProps {
  version: Version;
  /** Which of them are offered here, in this order. */
  among?: readonly Deed[];
  onAsk: (asked: AskedDeed) => void;
}

const ALL: readonly Deed[] = ["approve", "promote", "reject", "roll_back"];

/** What a lead can do with a version now. */
export default function DeedButtons({ version, among = ALL, onAsk }: DeedButtonsProps) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {among
        .filter((deed) => version.deeds.includes(deed))
        .map((deed) => {
          const { name, wanted } = deedWords(deed, version);
          return (
            <Button
              key={deed}
              variant={wanted ? "primary" : "normal"}
              ariaLabel={`${name} … version ${version.version}`}
              onClick={() => onAsk({ deed, version })}
            >
              {`${name} …`}
            </Button>
          );
        })}
    </SpaceBetween>
  );
}
