import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import type { Schemas } from "../../live/http";
import type { ModelsServer } from "../../live/models_server";
import FormDialog from "../../shared/form_dialog";
import { attempted } from "../../shared/notes";

interface TrainNowProps {
  overview: Pick<Schemas["ModelsOverview"], "can_train" | "cannot_train_because"> | null;
  server: Pick<ModelsServer, "train">;
  /** What was asked for, in words. */
  onAsked: (said: string) => void;
}

/** A lead starts a training, or is told why that is not possible. */
export default function TrainNow({ overview, server, onAsked }: TrainNowProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        disabled={!overview?.can_train}
        disabledReason={overview?.cannot_train_because || undefined}
        onClick={() => setAsking(true)}
      >
        Train now …
      </Button>
      {asking && (
        <FormDialog
          header="Train now"
          effect="A model is trained on the newest dataset, however little is new in it. This costs what its machine costs, for some minutes to hours. What comes of it is measured and compared first; nothing goes live by this."
          confirm="Train now"
          onConfirm={() =>
            attempted(async () => {
              const { dataset_version } = await server.train();
              onAsked(
                `A training on dataset version ${dataset_version} starts in a minute or two, unless it has had its own.`,
              );
            })
          }
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
