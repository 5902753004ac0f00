import "./leads.css";
import type { Schemas } from "../../live/http";
import type { ReviewServer } from "../../live/review_server";
import type { Place } from "../places";
import Articles from "./articles";
import Disagreements from "./disagreements";
import ReviewOverview from "./review_overview";
import Withdrawals from "./withdrawals";

interface LeadsPagesProps {
  place: Exclude<Place, "rate">;
  server: ReviewServer;
  settings: Schemas["ReviewSettings"];
}

/** What leads see and decide. */
export default function LeadsPages({ place, server, settings }: LeadsPagesProps) {
  switch (place) {
    case "overview":
      return <ReviewOverview server={server} />;
    case "disagreements":
      return <Disagreements server={server} settings={settings} />;
    case "articles":
      return <Articles server={server} settings={settings} />;
    case "withdrawals":
      return <Withdrawals server={server} />;
  }
}
