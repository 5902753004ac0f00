import { expect, it } from "vitest";
import type { Schemas } from "../live/http";
import { reasonText } from "./reason_text";

it("says in words why a person was called", () => {
  expect(reasonText("no_grounding")).toBe("No answer found");
});

it("names a trigger that it does not know yet as the server does", () => {
  expect(reasonText("legal_threat" as Schemas["Trigger"])).toBe("legal threat");
});
