import { DefinitionList, type Definitions } from "../../shared/definition_list";

const DEFINITIONS: Definitions = [
  [
    "Period",
    "Agreement and reviewers are of the last 90 days, at most of the newest 20,000 ratings. What " +
      "is counted by status goes up to 10,000.",
  ],
  [
    "Agreement",
    "Krippendorff's alpha for ordinal data, over all items with at least two ratings, without " +
      "reviewers who are set aside. 1: everybody rates alike. 0: as if the numbers had been drawn. " +
      "Below 0: reviewers contradict each other. Being four points apart counts more than being " +
      "one apart.",
  ],
  [
    "Interval",
    "The 95 % interval of alpha, by drawing items with replacement (bootstrap): if the same " +
      "reviewers had rated other items of this kind, alpha would lie in it 95 times of 100. Few " +
      "items make it wide.",
  ],
  [
    "What alpha is good for",
    "From 0.80 on, labels can be relied on; from 0.667 on, conclusions are tentative; below, the " +
      "labels say more about the reviewers than about the answers (Krippendorff, Content Analysis).",
  ],
  [
    "Bias",
    "How much higher or lower somebody rates than the others rate the same items, on average: " +
      "+0.50 is half a point too kind. With enough shared items it is taken out of the labels.",
  ],
  [
    "Correlation",
    "Of somebody's ratings with the mean of the others' on the same items (Pearson). Near 1: they " +
      "order answers as the others do. Near 0: as if at random. Below 0: upside down.",
  ],
  [
    "Shared items",
    "Items that somebody else has rated as well; bias and correlation rest on them.",
  ],
  [
    "Time per label",
    "Half of somebody's ratings took no longer (median), from the item's being shown, without the " +
      "time in which the page was hidden.",
  ],
  [
    "Set aside",
    "These ratings count in no label, and labels that they were part of are made anew without " +
      "them. Statistics set somebody aside whose correlation is too low beyond doubt; what a lead " +
      "has decided, statistics do not change.",
  ],
  [
    "Candidates",
    "Questions with answers that were picked for rating. Waiting: for the next job. In a job: " +
      "reviewers are at it. Labelled: has its label. Flagged: a reviewer says that it cannot be " +
      "rated. Given up: came back without a label too often. Discarded: by a lead.",
  ],
];

export default function FigureDefinitions() {
  return <DefinitionList heading="What these figures mean" definitions={DEFINITIONS} />;
}
