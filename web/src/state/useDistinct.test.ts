import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { useDistinct } from "./useDistinct";

it("renders where the value is another one, and only there", () => {
  let renders = 0;
  const { result } = renderHook(() => {
    renders += 1;
    return useDistinct(false);
  });
  const set = (next: boolean) => act(() => result.current[1](next));
  for (const next of [false, true, true, true, false, false]) set(next);
  expect(result.current[0]).toBe(false);
  expect(renders).toBe(3);
});
