import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { Listing, Piece } from "./listing";

interface ShowMoreProps {
  listing: Pick<Listing<unknown>, "more" | "reading_more" | "more_failure"> & {
    value: Piece<unknown> | null;
  };
}

/** The end of a list that goes on. */
export default function ShowMore({ listing }: ShowMoreProps) {
  const { value, more, reading_more, more_failure } = listing;
  if (!value?.next) return null;
  return (
    <div className="leads-more">
      {more_failure && (
        <div role="alert">
          <Alert type="error">{more_failure}</Alert>
        </div>
      )}
      <Button loading={reading_more} loadingText="Reading" onClick={more}>
        Show more
      </Button>
    </div>
  );
}
