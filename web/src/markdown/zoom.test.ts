import { describe, expect, it } from "vitest";
import { byKey, FITTED, moved, zoomed, zoomedIn, zoomedOut } from "./zoom";

describe("a view", () => {
  it("keeps the point under the pointer in place when it is zoomed", () => {
    const view = zoomed({ scale: 1, x: 10, y: -20 }, 2, { x: 50, y: 40 });
    expect(view).toEqual({ scale: 2, x: -30, y: -80 });
    const back = zoomed(view, 0.5, { x: 50, y: 40 });
    expect(back).toEqual({ scale: 1, x: 10, y: -20 });
  });

  it("has a smallest and a largest scale", () => {
    expect(zoomed(FITTED, 1_000, { x: 0, y: 0 }).scale).toBe(12);
    expect(zoomed(FITTED, 0.001, { x: 0, y: 0 }).scale).toBe(0.25);
  });

  it.each([
    ["+", zoomedIn(FITTED)],
    ["-", zoomedOut(FITTED)],
    ["0", FITTED],
    ["ArrowLeft", moved(FITTED, 60, 0)],
  ])("is changed by the key %s", (key, view) => {
    expect(byKey(key)?.(FITTED)).toEqual(view);
  });

  it("is not changed by other keys", () => {
    expect(byKey("a")).toBeUndefined();
    expect(byKey("constructor")).toBeUndefined();
  });
});
