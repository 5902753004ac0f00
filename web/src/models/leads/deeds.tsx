import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Deed, ModelsServer, Version } from "../../live/models_server";
import DeedDialog from "./deed_dialog";
import { deedWords, doneWords } from "./deed_words";

interface DeedsProps {
  version: Version;
  /** Its trial has not shown yet what it is for. */
  early: boolean;
  /** Which of them are offered here, in this order. */
  among?: readonly Deed[];
  server: Pick<ModelsServer, "decide" | "version">;
  /** As it is after a deed, in words. */
  onDone: (version: Version, said: string) => void;
  /** It was changed by somebody else, or by time. */
  onChanged: (version: Version) => void;
}

const ALL: readonly Deed[] = ["approve", "promote", "reject", "roll_back"];

/** What a lead can do with a version now. */
export default function Deeds(props: DeedsProps) {
  const { version, early, among = ALL, server, onDone, onChanged } = props;
  const [asked, setAsked] = useState<{ deed: Deed; version: Version } | null>(null);
  const offered = among.filter((deed) => version.deeds.includes(deed));
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {offered.map((deed) => {
          const { name, wanted } = deedWords(deed, version, early);
          return (
            <Button
              key={deed}
              variant={wanted ? "primary" : "normal"}
              ariaLabel={`${name} … version ${version.version}`}
              onClick={() => setAsked({ deed, version })}
            >
              {`${name} …`}
            </Button>
          );
        })}
      </SpaceBetween>
      {asked && (
        <DeedDialog
          deed={asked.deed}
          version={asked.version}
          early={early}
          server={server}
          onDone={(after) => onDone(after, doneWords(asked.deed, after))}
          onChanged={onChanged}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}
