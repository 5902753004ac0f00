import { DefinitionList, type Definitions } from "../shared/definition_list";

const DEFINITIONS: Definitions = [
  [
    "Period",
    "Whole days of your calendar, from midnight to midnight in your time zone. Today goes on " +
      "until midnight and is the last of the 7 and of the 30 days.",
  ],
  ["Conversation", "It counts in the period in which it was begun, however long it goes on."],
  [
    "A person was called",
    "Of the conversations begun in the period, the share of those for which a person was called " +
      "within the period, each counted once. For fewer than 22 the counts stand instead of a " +
      "percentage.",
  ],
  [
    "Calls for a person",
    "Every request in the period. A conversation may have several, and may have been begun " +
      "before the period; so there can be more calls than conversations with a person. What " +
      "has become of a call is as known now, also after the period.",
  ],
  [
    "Why a person was called",
    "Each call has the one reason that decided: the customer wanted a person by their words, or " +
      "pressed the button; was upset; no answer was found in the documents; the same was asked " +
      "again; a listed word or topic came up; answers were given thumbs down; a guardrail " +
      "intervened; the model failed; or your own chatbot called.",
  ],
  [
    "Claimed, open, expired",
    "Claimed: an expert took over, and did not give it back to the queue. Open: not ended yet; " +
      "the customer waits, or talks with the expert who claimed it. Expired: nobody came before " +
      "the last deadline, and the customer was told so. A call is none of these if the customer " +
      "closed the conversation while waiting.",
  ],
  [
    "Time to claim",
    "Of the period's calls that are claimed: from the call to the claim, to the last one if it " +
      "had been given back. Calls that nobody claimed have no such time; look at those that " +
      "expired as well.",
  ],
  [
    "Time to resolve",
    "Of the period's calls that were claimed and have ended: from the claim until the expert " +
      "resolved or handed back, or the customer closed the conversation.",
  ],
  [
    "Median and 95th percentile",
    "Half took no longer than the median, 95 of 100 no longer than the 95th percentile. Both are " +
      "found by linear interpolation between the ordered values (type 7 of Hyndman and Fan, as in " +
      "numpy and spreadsheets). Of fewer than 22 values, the 95th percentile lies between the two " +
      "longest ones.",
  ],
  [
    "Stars and thumbs",
    "Given in the period, also to older conversations: stars to a whole conversation, thumbs to " +
      "single answers. If a customer changed their mind, the last rating counts.",
  ],
  [
    "Hours and days",
    "Up to three days are drawn by the hour, longer periods by the day, both in your time zone. " +
      "Days are added up from whole hours of UTC: where the clock is not whole hours from it (in " +
      "India or Nepal, say), the hour that goes on over midnight counts for the day on which it " +
      "begins. The period itself begins and ends at midnight exactly.",
  ],
];

export default function FigureDefinitions() {
  return <DefinitionList heading="How these are counted" definitions={DEFINITIONS} />;
}
