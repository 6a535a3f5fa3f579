import { describe, expect, it } from "vitest";
import { followsAfter, isOnTheWay, offsetOfQuestion } from "./following";

const moved = { top: 500, topBefore: 400, below: 0, isEnd: true };

describe("followsAfter", () => {
  it.each([
    ["scrolled down to the end", false, moved, true],
    ["scrolled down, but not that far", false, { ...moved, below: 200 }, false],
    ["scrolled up from the end", true, { ...moved, top: 300, below: 100 }, false],
    ["bounced at the end", true, { ...moved, top: 399, below: 1 }, true],
    ["scrolled up into sight of the end", false, { ...moved, top: 300, below: 10 }, false],
    ["scrolled within the space below a short reply", false, { ...moved, below: -300 }, false],
    ["followed, and the text has grown", true, { ...moved, below: 100 }, true],
    ["come to the end of a part", true, { ...moved, isEnd: false }, false],
  ])("of a reader who has %s, while %o", (_name, following, how, follows) => {
    expect(followsAfter(following, how)).toBe(follows);
  });
});

describe("isOnTheWay", () => {
  it.each([
    [900, 500, 700, true],
    [900, 700, 900.4, true],
    [900, 700, 600, false],
    [100, 500, 300, true],
    [100, 300, 400, false],
    [900, 900, 950, false],
  ])("to %i from %i at %i: %o", (target, before, top, expected) => {
    expect(isOnTheWay(target, before, top)).toBe(expected);
  });
});

describe("offsetOfQuestion", () => {
  it("brings a short question to the top, and the end of a long one to the middle", () => {
    expect(offsetOfQuestion({ top: 1_000, height: 60 }, 600, 16)).toBe(984);
    expect(offsetOfQuestion({ top: 1_000, height: 900 }, 600, 16)).toBe(1_600);
    expect(offsetOfQuestion({ top: 10, height: 60 }, 600, 16)).toBe(0);
  });
});
