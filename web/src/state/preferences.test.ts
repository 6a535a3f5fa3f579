import { beforeEach, expect, test, vi } from "vitest";
import { prefer, preference, readPreferences, reducePreferences } from "./preferences";

beforeEach(() => localStorage.clear());

test("a stored text that is no JSON gives the first choices", () => {
  expect(readPreferences("{")).toEqual(readPreferences(null));
  expect(readPreferences("null").sendKey).toBe("enter");
});

test("unknown names and values of a stored text are ignored", () => {
  const read = readPreferences('{"sendKey":"shift","width":"wide","colour":"red"}');
  expect(read).toEqual({ ...readPreferences(null), width: "wide" });
});

test("a change to the same value keeps the state", () => {
  const state = readPreferences(null);
  expect(reducePreferences(state, { width: "normal" })).toBe(state);
});

test("a choice is kept, and shown to the styles", () => {
  prefer({ textSize: "large" });
  expect(document.documentElement.dataset.textSize).toBe("large");
  expect(readPreferences(localStorage.getItem("holdfast.preferences")).textSize).toBe("large");
});

test("a choice of another tab is taken over", async () => {
  localStorage.setItem("holdfast.preferences", '{"motion":"less"}');
  dispatchEvent(new Event("storage"));
  await vi.waitFor(() => expect(preference("motion")).toBe("less"));
});
