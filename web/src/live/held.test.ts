import { describe, expect, it } from "vitest";
import { addedTo, type PlacedBlock, withHeld } from "./held";

const block = (text: string, index = 0, open = false): PlacedBlock => ({
  text,
  note: "",
  index,
  open,
  growing: true,
  partial: !open,
});

describe("addedTo", () => {
  it.each([
    ["some words", "some words and more", " and more"],
    ["some words", "some words\n\n", ""],
    ["some words", "other words", null],
  ])("of %o in %o is %o", (held, now, added) => {
    expect(addedTo(block(held), now)).toBe(added);
  });

  it("makes code of what is added to code", () => {
    const held = block("```py\nx = 1\n", 0, true);
    expect(addedTo(held, "```py\nx = 1\ny = 2\n```\n")).toBe("```py\ny = 2\n```\n");
    expect(addedTo(held, "```py\nx = 1\n```\n")).toBe("");
  });
});

describe("withHeld", () => {
  const held = block("some words", 1);

  it("keeps the held block as it was, and lets the text behind it go on", () => {
    const blocks = [block("one", 0), block("some words and more\n\n", 1), block("next", 2)];
    const shown = withHeld(blocks, held);
    expect(shown.map(({ text }) => text)).toEqual(["one", "some words", " and more\n\n", "next"]);
    expect(shown[1]).toBe(held);
    expect(new Set(shown.map(({ index }) => index)).size).toBe(4);
  });

  it("lets go where another text has come", () => {
    const blocks = [block("anew", 0)];
    expect(withHeld(blocks, held)).toBe(blocks);
    expect(withHeld([block("a", 0), block("other", 1)], held)[1]?.text).toBe("other");
  });
});
