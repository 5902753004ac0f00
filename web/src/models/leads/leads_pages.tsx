import "./leads.css";
import type { ModelsServer } from "../../live/models_server";
import ModelsOverview from "./models_overview";
import VersionPage from "./version_page";

interface LeadsPagesProps {
  server: ModelsServer;
  /** Whose details are shown; null: of all an overview. */
  version: number | null;
  /** Whether answers are rated in this deployment. */
  review: boolean;
}

/** What leads see of the models, and what they decide. */
export default function LeadsPages({ server, version, review }: LeadsPagesProps) {
  return version === null ? (
    <ModelsOverview server={server} review={review} />
  ) : (
    <VersionPage key={version} server={server} version={version} />
  );
}
