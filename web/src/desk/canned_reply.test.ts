import { expect, it } from "vitest";
import { filledIn, inserted } from "./canned_reply";

it("a canned reply has the expert's name in it, whatever the name holds", () => {
  expect(filledIn("I am {me}, {me}. {name}", "$& Ana")).toBe("I am $& Ana, $& Ana. {name}");
});

it("a canned reply stands at the cursor, or in the place of what is selected", () => {
  expect(inserted("Dear , bye", "Jo", { start: 5, end: 5 })).toEqual({
    text: "Dear Jo, bye",
    cursor: 7,
  });
  expect(inserted("Dear you", "all", { start: 5, end: 8 })).toEqual({
    text: "Dear all",
    cursor: 8,
  });
});

it("a cursor that the text has lost stands at its end", () => {
  expect(inserted("ab", "c", { start: 9, end: 12 })).toEqual({ text: "abc", cursor: 3 });
});
