import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";

/** Something could not be read; it may be tried again. */
export default function NotLoaded({ problem, again }: { problem: string; again: () => void }) {
  return (
    <Alert type="error" action={<Button onClick={again}>Try again</Button>}>
      {problem}
    </Alert>
  );
}
