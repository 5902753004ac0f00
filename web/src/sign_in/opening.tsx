import NotLoaded from "../shared/not_loaded";
import Waiting from "./waiting";

interface OpeningProps {
  /** What is opened: "the desk". */
  what: string;
  unreachable: boolean;
  again: () => void;
}

/** Somebody has signed in; what they work with is not read yet. */
export default function Opening({ what, unreachable, again }: OpeningProps) {
  return (
    <main className="entrance">
      {unreachable ? (
        <NotLoaded
          problem={`${what.charAt(0).toUpperCase()}${what.slice(1)}’s server is not reached. It is tried again by itself.`}
          again={again}
        />
      ) : (
        <Waiting what={`Opening ${what}`} />
      )}
    </main>
  );
}
