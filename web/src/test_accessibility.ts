import { run as findViolations } from "axe-core";

/** What axe finds wrong; colours are the design system's, and not computed here. */
export async function violations(element: Element): Promise<string[]> {
  const { violations } = await findViolations(element, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
