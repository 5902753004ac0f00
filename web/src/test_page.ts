import { act, screen, within } from "@testing-library/react";
import { vi } from "vitest";

/** What a screen reader was told. */
export function heard(): string {
  return [...document.querySelectorAll("[aria-live=polite]")]
    .map((region) => region.textContent)
    .join(" ");
}

/** Time goes by, of fake timers. */
export async function passes(ms: number) {
  await act(() => vi.advanceTimersByTimeAsync(ms));
}

export async function row(table: string, name: string | RegExp) {
  return within(await screen.findByRole("table", { name: table })).findByRole("row", { name });
}
