import { describe, expect, it } from "vitest";
import { cut, NO_BLOCKS } from "./blocks";

const blocksOf = (text: string) => cut(text).blocks;

describe("cut", () => {
  it.each([
    ["paragraphs", "one\n\ntwo\n", ["one\n\n", "two\n"]],
    ["a fence and what is around it", "a\n```\nx\n\ny\n```\nb", ["a\n", "```\nx\n\ny\n```\n", "b"]],
    [
      "lists of loose items, once",
      "- a\n\n- b\n\n  more\n\nend",
      ["- a\n\n- b\n\n  more\n\n", "end"],
    ],
    [
      "code inside a list, not at all",
      "1. a\n\n   ```\n   x\n   ```\n\n2. b",
      ["1. a\n\n   ```\n   x\n   ```\n\n2. b"],
    ],
    ["indented code, not at all", "    a\n\n    b", ["    a\n\n    b"]],
    ["formulas that hold blank lines", "$$\na\n\nb\n$$\nend", ["$$\na\n\nb\n$$\n", "end"]],
    [
      "a longer fence that holds a shorter one",
      "````\n```\n\n```\n\nx\n````\n",
      ["````\n```\n\n```\n\nx\n````\n"],
    ],
    ["HTML that is never closed", "<div>\n\n**a**\n\nb", ["<div>\n\n", "**a**\n\n", "b"]],
    ["definitions, not at all", "a[^1]\n\n[^1]: b\n", ["a[^1]\n\n[^1]: b\n"]],
    ["nothing", "", []],
  ])("cuts %s", (_name, text, blocks) => {
    expect(blocksOf(text)).toEqual(blocks);
    expect(blocksOf(text).join("")).toBe(text);
  });

  it.each([
    ["```js\nx", true],
    ["```js\nx\n```", false],
    ["```js\nx\n``", true],
    ["$$\nx", true],
    ["\\[\nx\n\\]", false],
    ["a `` b", false],
  ])("knows whether %o ends in something open", (text, open) => {
    expect(cut(text).open).toBe(open);
  });

  it("comes to the same however the text arrives", () => {
    const text =
      "# t\n\n- a\n- b\n\n  c\n\npara\n```py\nx = 1\n\ny\n```\n\n| a |\n|---|\n| 1 |\n\n$$\nx\n$$\nend\n";
    let grown = NO_BLOCKS;
    for (let length = 1; length <= text.length; length += 1) {
      grown = cut(text.slice(0, length), grown);
      expect(grown).toEqual(cut(text.slice(0, length)));
    }
    expect(grown.blocks.length).toBeGreaterThan(5);
  });

  it("reads a definition that arrives late together with all before it", () => {
    const first = cut("see [a]\n\nmore\n\n");
    expect(cut("see [a]\n\nmore\n\n[a]: https://x.y\n", first).blocks).toHaveLength(1);
  });

  it("starts over for another text", () => {
    expect(cut("x\n\ny", cut("a\n\nb\n\nc")).blocks).toEqual(["x\n\n", "y"]);
  });
});
