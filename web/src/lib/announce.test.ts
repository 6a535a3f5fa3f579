import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { announce, useAnnounced } from "./announce";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("removes an announcement ten seconds after the last one", () => {
  const { result } = renderHook(useAnnounced);
  act(() => announce("one"));
  act(() => vi.advanceTimersByTime(9_000));
  act(() => announce("two"));
  act(() => vi.advanceTimersByTime(9_000));
  expect(result.current).toBe("two");
  act(() => vi.advanceTimersByTime(1_000));
  expect(result.current).toBe("");
});

it("changes a text that is announced again", () => {
  const { result } = renderHook(useAnnounced);
  act(() => announce("one"));
  act(() => announce("one"));
  expect(result.current).toBe("one\u00a0");
});
