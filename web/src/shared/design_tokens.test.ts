// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tokens from "@cloudscape-design/design-tokens";
import { expect, it } from "vitest";

const PACKAGES = "node_modules/@cloudscape-design";
const NAME = /--(?:color|border|font|motion|shadow|space)-[a-z0-9-]+/g;

/** The names of custom properties that a package's style sheets use or define. */
function namesIn(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sheets = files.filter((file) => file.endsWith(".css"));
  return new Set(
    sheets.flatMap((file) => readFileSync(join(folder, file), "utf8").match(NAME) ?? []),
  );
}

// The names end in a hash that changes between versions. Where two packages disagree, one of them
// shows its light colours in the dark, and nothing else fails.
const defined = namesIn(`${PACKAGES}/components`);

it("names the design tokens as the components do", () => {
  const used = Object.values(tokens).flatMap((token) => String(token).match(NAME) ?? []);
  expect(used.length).toBeGreaterThan(100);
  expect(used.filter((name) => !defined.has(name))).toEqual([]);
});

it("names the chat components' tokens as the components do", () => {
  const used = [...namesIn(`${PACKAGES}/chat-components`)];
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter((name) => !defined.has(name))).toEqual([]);
});
