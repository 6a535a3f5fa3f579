import { expect, it } from "vitest";
import { writes } from "./useTypeAnywhere";

const stroke = { key: "a", altKey: false, ctrlKey: false, metaKey: false, isComposing: false };

it.each(["a", "Ж", "你", "1", "Process"])("takes %s for a character", (key) => {
  expect(writes({ ...stroke, key })).toBe(true);
});

it.each([" ", "?", "Enter", "ArrowUp", "Tab", "F5"])("leaves %s to the page", (key) => {
  expect(writes({ ...stroke, key })).toBe(false);
});

it("leaves chords to the browser", () => {
  expect(writes({ ...stroke, ctrlKey: true })).toBe(false);
});
