import { expect, it } from "vitest";
import { NO_SELECTION, reduceSelection, type SelectionAction } from "./selection";

const LISTED = ["a", "b", "c", "d", "e"];
const toggle = (id: string, range = false): SelectionAction => ({
  type: "toggled",
  id,
  range,
  listed: LISTED,
});

const chosen = (...actions: SelectionAction[]) =>
  [...actions.reduce(reduceSelection, { ...NO_SELECTION, on: true }).ids].sort().join("");

it("chooses and leaves single sessions", () => {
  expect(chosen(toggle("b"), toggle("d"), toggle("b"))).toBe("d");
});

it("chooses a range in either direction from the last one", () => {
  expect(chosen(toggle("b"), toggle("d", true))).toBe("bcd");
  expect(chosen(toggle("d"), toggle("b", true))).toBe("bcd");
});

it("leaves a range where its end was chosen", () => {
  expect(chosen({ type: "all", listed: LISTED }, toggle("b"), toggle("d", true))).toBe("ae");
});

it("chooses one alone where the range's beginning is not listed any more", () => {
  expect(chosen(toggle("x"), toggle("c", true))).toBe("cx");
});

it("ends with nothing chosen", () => {
  expect(reduceSelection({ on: true, ids: ["a"], last: "a" }, { type: "ended" })).toBe(
    NO_SELECTION,
  );
});
