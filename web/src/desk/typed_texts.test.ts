import { expect, it } from "vitest";
import { NOTHING, TypedTexts } from "./typed_texts";

it("what was typed outlives the page, for the same person only", () => {
  const texts = new TypedTexts(sessionStorage, "ana");
  texts.write("c1", { text: "half a sen", draft: null });
  texts.setAside("d1", true);
  expect(new TypedTexts(sessionStorage, "ana").of("c1").text).toBe("half a sen");
  expect(new TypedTexts(sessionStorage, "ana").isSetAside("d1")).toBe(true);
  expect(new TypedTexts(sessionStorage, "bo").of("c1")).toEqual(NOTHING);
});

it("nothing stays after signing out", () => {
  const texts = new TypedTexts(sessionStorage, "ana");
  texts.write("c1", { text: "half a sen", draft: null });
  texts.forget();
  expect(new TypedTexts(sessionStorage, "ana").of("c1")).toEqual(NOTHING);
});

it("works on where the browser forbids storage", () => {
  const forbidden = () => {
    throw new DOMException("no", "SecurityError");
  };
  const storage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
  const texts = new TypedTexts(storage, "ana");
  texts.write("c1", { text: "kept in the page", draft: null });
  expect(texts.of("c1").text).toBe("kept in the page");
});
