import "./markdown.css";

/** A customer's words, exactly as they were written. */
export function PlainText({ text }: { text: string }) {
  return (
    <div className="plain" dir="auto">
      {text}
    </div>
  );
}
