import { act, fireEvent, renderHook } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { isPaletteKey, usePalette } from "./usePalette";

const stroke = (held: Partial<KeyboardEvent>) => ({
  key: "k", code: "KeyK", altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, isComposing: false,
  repeat: false, ...held,
}); // biome-ignore format: one line each would hide what matters
const press = (target: Element, init: KeyboardEventInit = { ctrlKey: true }) =>
  act(() => fireEvent.keyDown(target, { key: "k", code: "KeyK", ...init }));

afterEach(() => document.body.replaceChildren());

it.each([
  ["Ctrl and K", { ctrlKey: true }, false, true],
  ["a K by its place", { ctrlKey: true, key: "л" }, false, true],
  ["Command and K on a Mac", { metaKey: true }, true, true],
  ["Ctrl and K on a Mac", { ctrlKey: true }, true, false],
  ["K alone", {}, false, false],
  ["Ctrl, Shift and K", { ctrlKey: true, shiftKey: true }, false, false],
  ["another letter at K's place", { ctrlKey: true, key: "t" }, false, false],
  ["a composing input method", { ctrlKey: true, isComposing: true }, false, false],
])("knows whether %s is the key", (_name, held, mac, is) => {
  expect(isPaletteKey(stroke(held), mac)).toBe(is);
});

it("opens from a text field, and closes by the same key", () => {
  const field = document.body.appendChild(document.createElement("textarea"));
  const { result } = renderHook(() => usePalette(true));
  press(field);
  expect(result.current.shown).toBe(true);
  press(field);
  expect(result.current.shown).toBe(false);
});

it("stays closed while shortcuts are off", () => {
  const { result } = renderHook(() => usePalette(false));
  press(document.body);
  expect(result.current.shown).toBe(false);
});

it("stays closed while another dialog is open", () => {
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.setAttribute("open", "");
  const { result } = renderHook(() => usePalette(true));
  press(document.body);
  expect(result.current.shown).toBe(false);
});
