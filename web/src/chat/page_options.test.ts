import { expect, it } from "vitest";
import { readPageOptions } from "./page_options";

it("speaks the language that the address asks for", () => {
  const options = readPageOptions("?language=de-AT", ["fr-FR", "en"]);
  expect(options).toMatchObject({ language: "de-AT", ui: "de", locale: "de" });
});

it("speaks the browser's language, and writes times as its reader does", () => {
  expect(readPageOptions("", ["en-GB"])).toMatchObject({ ui: "en", locale: "en-GB" });
  expect(readPageOptions("?language=en", ["de", "en-GB"])).toMatchObject({ locale: "en-GB" });
});

it("tells the server a language that it does not speak itself, and speaks English", () => {
  expect(readPageOptions("", ["ar-EG"])).toMatchObject({
    language: "ar-EG",
    ui: "en",
    locale: "en",
  });
});

it.each(["", "?language=", "?language=<b>", "?language=constructor"])(
  "does not stumble over %j",
  (search) => {
    expect(readPageOptions(search, [])).toMatchObject({ language: "en", ui: "en" });
  },
);

it("follows the system's colours unless the address says which", () => {
  expect(readPageOptions("?theme=dark", []).theme).toBe("dark");
  expect(readPageOptions("?theme=pink", []).theme).toBeUndefined();
});

it("has a host only in a frame, and only one with an origin", () => {
  const read = (search: string) => readPageOptions(search, []);
  expect(read("?embedded=1&host=https://example.com/shop")).toMatchObject({
    embedded: true,
    host: "https://example.com",
  });
  expect(read("?embedded=1&host=file:///shop")).toMatchObject({ embedded: true, host: null });
  expect(read("?host=https://example.com")).toMatchObject({ embedded: false, host: null });
});
