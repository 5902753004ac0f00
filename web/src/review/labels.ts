import type { Schemas } from "../live/http";

/** What a rating means, in the words of the policy. */
export function labelOf({ labels }: Pick<Schemas["ReviewSettings"], "labels">, rating: number) {
  return labels.find((one) => one.rating === rating)?.label ?? "";
}
