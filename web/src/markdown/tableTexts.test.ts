import { describe, expect, it } from "vitest";
import { csvOf } from "./tableTexts";

describe("csvOf", () => {
  it.each([
    ["a", "a"],
    ["a, b", '"a, b"'],
    ['say "a"', '"say ""a"""'],
    ["one\ntwo", '"one\ntwo"'],
    ["a;b", '"a;b"'],
    ["", ""],
    ["-5", "-5"],
    ["+3.5 %", "+3.5 %"],
    ["-1,000", '"-1,000"'],
    ["1e-5", "1e-5"],
  ])("writes %o so that a spreadsheet reads it", (cell, written) => {
    expect(csvOf([[cell]])).toBe(written);
  });

  it.each([
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "＝1+1",
    " =1+1",
    '=HYPERLINK("https://evil.example")',
  ])("makes no formula of %o", (cell) => {
    expect(csvOf([[cell]]).replace(/^"/, "")[0]).toBe("'");
  });

  it("puts a row on each line", () => {
    expect(
      csvOf([
        ["a", "b"],
        ["1", "2"],
      ]),
    ).toBe("a,b\r\n1,2");
  });
});
