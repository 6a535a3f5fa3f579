import { expect, it } from "vitest";
import { shorten } from "./shorten";

it("cuts a long title between characters, and leaves a short one", () => {
  expect(shorten("short")).toBe("short");
  expect(shorten("😀".repeat(40))).toBe(`${"😀".repeat(27)}…`);
});
