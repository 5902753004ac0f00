import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { useState } from "react";
import type { Schemas } from "../live/http";
import type { ReviewServer } from "../live/review_server";
import { PlainText } from "../shared/plain_text";
import Fate from "./fate";
import { labelOf } from "./labels";

interface GuidanceProps {
  settings: Schemas["ReviewSettings"];
  server: Pick<ReviewServer, "fate">;
}

/** What a reviewer is asked to do, with examples; and what it is for. */
export default function Guidance({ settings, server }: GuidanceProps) {
  const [asked, setAsked] = useState(false);
  return (
    // Scrolls by itself, so a keyboard has to reach it.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be focusable
    <aside id="guidance" className="guidance" aria-label="Instructions" tabIndex={0}>
      <h2>Instructions</h2>
      <PlainText text={settings.instructions} />
      {settings.examples.length > 0 && <h2>Examples</h2>}
      {settings.examples.map((example, index) => (
        // The examples are always the same ones.
        // biome-ignore lint/suspicious/noArrayIndexKey: they never change places
        <article className="example" key={index}>
          <p className="example-rating">
            <span className="scale-number">{example.rating}</span>{" "}
            {labelOf(settings, example.rating)}
          </p>
          <div className="example-question">
            <PlainText text={example.question} />
          </div>
          <PlainText text={example.answer} />
          <div className="example-why">
            <PlainText text={example.why} />
          </div>
        </article>
      ))}
      <ExpandableSection
        headerText="What became of your ratings"
        onChange={({ detail }) => setAsked(detail.expanded)}
      >
        {asked && <Fate server={server} />}
      </ExpandableSection>
    </aside>
  );
}
