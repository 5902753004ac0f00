import { useId } from "react";
import { evidenceWords, reached } from "./evidence_words";
import { evidence as evidenceText } from "./figures";

interface EvidenceProps {
  label: string;
  /** An e-value. */
  value: number;
  decides_at: number;
  /** What happens then. */
  then: string;
  /** What it speaks against, as in "if it were no worse". */
  opposite: string;
}

/** How strong the evidence for something is, and how strong it has to be. */
export default function Evidence({ label, value, decides_at, then, opposite }: EvidenceProps) {
  const words = useId();
  const text = `${evidenceText(value)} of ${evidenceText(decides_at)}`;
  return (
    <div className="evidence">
      <div className="evidence-head">
        <strong>{label}</strong>
        <span>{text}</span>
      </div>
      <meter
        className="evidence-bar"
        aria-label={label}
        aria-valuetext={text}
        aria-describedby={words}
        min={0}
        max={1}
        value={reached(value, decides_at)}
      />
      <div id={words} className="evidence-words">
        {evidenceWords(value, decides_at, opposite)} At {evidenceText(decides_at)}, {then}.
      </div>
    </div>
  );
}
