import { expect, it } from "vitest";
import { markedParts } from "./marked";

const shown = (text: string, ...ranges: number[][]) =>
  markedParts(text, ranges).map(({ text, marked }) => (marked ? `[${text}]` : text));

it("divides a text at its marks, which count UTF-16 units", () => {
  expect(shown("a queue", [2, 7])).toEqual(["a ", "[queue]"]);
  expect(shown("\u{1f600} ok", [3, 5])).toEqual(["\u{1f600} ", "[ok]"]);
  expect(shown("plain")).toEqual(["plain"]);
});

it("passes over marks that overlap or lie outside", () => {
  expect(shown("abcdef", [0, 3], [1, 2], [2, 4], [5, 9])).toEqual(["[abc]", "[d]", "ef"]);
});
