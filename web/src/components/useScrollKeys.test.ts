import { fireEvent, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StickyBottom } from "../state/useStickyBottom";
import { useScrollKeys } from "./useScrollKeys";

const did = vi.fn();
let area: HTMLTextAreaElement;

beforeEach(() => {
  did.mockReset();
  area = document.body.appendChild(document.createElement("textarea"));
  const box = document.createElement("div");
  Object.defineProperty(box, "clientHeight", { value: 100 });
  Object.assign(box, {
    scrollTo: ({ top }: ScrollToOptions) => did("to", top),
    scrollBy: ({ top }: ScrollToOptions) => did("by", top),
  });
  const sticky = { box: { current: box }, toBottom: () => did("end"), letGo: () => undefined };
  renderHook(() => useScrollKeys(sticky as unknown as StickyBottom));
});
afterEach(() => document.body.replaceChildren());

const press = (key: string, target: Element = area, more = {}) =>
  fireEvent.keyDown(target, { key, ...more });

it.each([
  ["PageUp", ["by", -90]],
  ["PageDown", ["by", 90]],
  ["Home", ["to", 0]],
  ["End", ["end"]],
])("scrolls by %s from an empty field", (key, call) => {
  press(key);
  expect(did.mock.calls).toEqual([call]);
});

it("leaves a key to the caret until it cannot move further", () => {
  area.value = "one\ntwo";
  area.setSelectionRange(3, 3);
  for (const key of ["PageUp", "PageDown", "Home", "End"]) press(key);
  expect(did).not.toHaveBeenCalled();
  area.setSelectionRange(0, 0);
  press("PageUp");
  area.setSelectionRange(7, 7);
  press("PageDown");
  expect(did.mock.calls).toEqual([["by", -90], ["by", 90]]); // biome-ignore format: as above
});

it("leaves keys to a selection, other fields, lists, and with others held", () => {
  area.value = "one";
  area.setSelectionRange(0, 3);
  press("PageUp");
  press("PageUp", document.body, { shiftKey: true });
  press("Home", document.body.appendChild(document.createElement("input")));
  const sidebar = document.body.appendChild(document.createElement("aside"));
  sidebar.className = "sidebar";
  press("PageDown", sidebar.appendChild(document.createElement("a")));
  expect(did).not.toHaveBeenCalled();
});
