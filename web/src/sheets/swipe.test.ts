import { fireEvent, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { swipeOf } from "./swipe";
import { useDrawerSwipe } from "./useDrawerSwipe";

it.each([
  ["from the edge", { x: 10, y: 300 }, { x: 90, y: 310 }, false, "open"],
  ["from the middle", { x: 120, y: 300 }, { x: 220, y: 300 }, false, null],
  ["a short way", { x: 10, y: 300 }, { x: 50, y: 300 }, false, null],
  ["more down than along", { x: 10, y: 100 }, { x: 90, y: 300 }, false, null],
  ["back over the open list", { x: 200, y: 300 }, { x: 90, y: 310 }, true, "close"],
  ["forth over the open list", { x: 20, y: 300 }, { x: 120, y: 310 }, true, null],
] as const)("takes a finger's way %s for what it is", (_name, from, to, isOpen, does) => {
  expect(swipeOf(from, to, isOpen)).toBe(does);
});

const touch = (clientX: number) => ({ identifier: 1, clientX, clientY: 300 });

it("opens by one finger, and not by two, or by one that scrolls a block", () => {
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  const [open, close] = [vi.fn(), vi.fn()];
  renderHook(() => useDrawerSwipe(false, open, close));
  const swipe = (target: Element, touches: object[]) => {
    fireEvent.touchStart(target, { touches, changedTouches: touches });
    fireEvent.touchEnd(target, { touches: [], changedTouches: [touch(90)] });
  };
  const block = document.body.appendChild(document.createElement("pre"));
  block.className = "scrolls";
  swipe(document.body, [touch(8), touch(40)]);
  swipe(block, [touch(8)]);
  expect(open).not.toHaveBeenCalled();
  swipe(document.body, [touch(8)]);
  expect(open).toHaveBeenCalledOnce();
  expect(close).not.toHaveBeenCalled();
});
