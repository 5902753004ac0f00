import { expect, it } from "vitest";
import { kept } from "./kept";

it("keeps in the browser's storage", () => {
  const place = kept(() => sessionStorage);
  place.setItem("key", "value");
  expect(sessionStorage.getItem("key")).toBe("value");
  expect(place.getItem("key")).toBe("value");
  place.removeItem("key");
  expect(place.getItem("key")).toBeNull();
});

it("keeps for this page where the browser allows no storage", () => {
  const place = kept(() => {
    throw new DOMException("Access is denied for this document.", "SecurityError");
  });
  expect(place.getItem("key")).toBeNull();
  place.setItem("key", "value");
  expect(place.getItem("key")).toBe("value");
  place.removeItem("key");
  expect(place.getItem("key")).toBeNull();
});

it("keeps for this page what the storage has no room for", () => {
  sessionStorage.setItem("key", "old");
  const full = {
    getItem: (key: string) => sessionStorage.getItem(key),
    removeItem: (key: string) => sessionStorage.removeItem(key),
    setItem: () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    },
  } as unknown as Storage;
  const place = kept(() => full);
  place.setItem("key", "new");
  expect(place.getItem("key")).toBe("new");
});
