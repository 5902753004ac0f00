import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { useNow } from "./now";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("moves each second", () => {
  vi.useFakeTimers();
  const { result } = renderHook(useNow);
  const began = result.current;
  act(() => vi.advanceTimersByTime(2_000));
  expect(result.current - began).toBe(2_000);
});

it("is right at once after nobody has listened for long", () => {
  vi.useFakeTimers();
  renderHook(useNow).unmount();
  vi.advanceTimersByTime(3_600_000);
  const seen: number[] = [];
  renderHook(() => seen.push(useNow()));
  expect(seen[0]).toBe(Date.now());
});
