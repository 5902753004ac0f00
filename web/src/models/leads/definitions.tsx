import { DefinitionList, type Definitions } from "../../shared/definition_list";

const DEFINITIONS: Definitions = [
  [
    "Version",
    "What a training made: weights, or a reward model that picks the live model's best draft. Its " +
      "number is that of its model package in SageMaker.",
  ],
  [
    "Share",
    "Of the conversations that begin now. A conversation stays with the model that it began with, " +
      "until that model is made live or rolled back.",
  ],
  [
    "Held-out score",
    "The mean rating, 1 to 5, that the judge predicts for answers to the questions of the test, " +
      "which no training sees. The live model's is measured with the same questions and judge.",
  ],
  [
    "Judge",
    "A reward model of its own, fit on ratings that the training did not see. The rank correlation " +
      "says how well it orders answers to topics that it does not know (Spearman; 1: as people do, " +
      "0: by chance); its error is in rating points (root mean square).",
  ],
  [
    "Verdict",
    "All checks have to pass before a lead may approve. A check compares what was observed with a " +
      "bound that the policy sets; of gains it is the lower end of the interval that counts, so that " +
      "luck alone does not pass.",
  ],
  [
    "Blind comparison",
    "Reviewers see a question and two answers, in an order drawn for each pair, and say which is " +
      "better. So many pairs have to be told apart as are needed to see the difference that the " +
      "policy names; it ends as soon as nothing more can change what comes of it. What they chose " +
      "is shown then, so that nobody is influenced.",
  ],
  [
    "Trial",
    "A candidate that was approved answers a share of the conversations first. A conversation went " +
      "badly if a person was called or an answer was rated down; it counts once.",
  ],
  [
    "Evidence",
    "An e-value: it multiplies with each conversation, and 1 says nothing. If the opposite were true, " +
      "it would ever reach 20 in at most one of 20 trials, however often one looks (Ville's " +
      "inequality). The bars grow with its logarithm. Enough evidence that the candidate is worse " +
      "rolls it back; enough that it is not worse, and enough conversations, let it go live.",
  ],
  [
    "KL, length, repetition",
    "How far the answers' distribution has moved from the base's, in nats per answer; the mean " +
      "length as a multiple; the share of word triples that are repeated. A model that only pleases " +
      "the reward model shows here.",
  ],
  [
    "Paid for",
    "The time that a training job is billed for, without the time that it waited for spare capacity.",
  ],
];

export default function FigureDefinitions() {
  return <DefinitionList heading="What these figures mean" definitions={DEFINITIONS} />;
}
