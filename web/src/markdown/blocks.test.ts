import { describe, expect, it } from "vitest";
import { type Blocks, cut, NO_BLOCKS } from "./blocks";

const notesOf = ({ pieces }: Blocks) => pieces.map(({ note }) => note);
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
    ["definitions too", "see [a]\n\n[a]: https://x.y\n", ["see [a]\n\n", "[a]: https://x.y\n"]],
    [
      "folded text, not at all",
      "a\n<details>\n\n<details>\n\nb\n</details>\n\nc\n\n```\n</details>\n```\n\n</details>\n\nd",
      [
        "a\n",
        "<details>\n\n<details>\n\nb\n</details>\n\nc\n\n```\n</details>\n```\n\n</details>\n\n",
        "d",
      ],
    ],
    [
      "an environment that holds blank lines",
      "a\n\\begin{align}\nx\n\ny\n\\end{align}\nb",
      ["a\n", "\\begin{align}\nx\n\ny\n\\end{align}\n", "b"],
    ],
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
      "<details>\n\na\n\n</details>\n\n\\begin{gather}\n\nx\n\\end{gather}\n\n# t\n\n- a\n- b\n\n  c\n\npara\n```py\nx = 1\n\ny\n```\n\n| a |\n|---|\n| 1 |\n\n$$\nx\n$$\nend\n";
    let grown = NO_BLOCKS;
    for (let length = 1; length <= text.length; length += 1) {
      grown = cut(text.slice(0, length), grown);
      expect(grown).toEqual(cut(text.slice(0, length)));
    }
    expect(grown.blocks.length).toBeGreaterThan(5);
  });

  it("gives a definition that arrives late to the blocks that refer to it, and to no other", () => {
    const text = "see [a]\n\nmore\n\n[Also][A]\n\n";
    const late = cut(`${text}[a]: https://x.y\n`, cut(text));
    expect(notesOf(late)).toEqual(["[a]: https://x.y\n", "", "[a]: https://x.y\n", ""]);
  });

  it("reads footnotes together with what lies between their marks, so that they are counted", () => {
    const { pieces } = cut("one\n\ntwo[^a]\n\nthree[^b]\n\n[^a]: A\n[^b]: B\n\nend");
    expect(pieces.map(({ text }) => text)).toEqual([
      "one\n\n",
      "two[^a]\n\nthree[^b]\n\n[^a]: A\n[^b]: B\n\n",
      "end",
    ]);
  });

  it("takes nothing for a definition in a fence, in a paragraph, or before its line is over", () => {
    const text = "[a] [b] [c]\n\n```\n[a]: x\n```\n\nso\n[b]: y\n\n[c]: ";
    expect(notesOf(cut(text)).join("")).toBe("");
    expect(cut(text).blocks.length).toBeGreaterThan(3);
  });

  it("cuts folded text that does not end", () => {
    const text = `<details>\n\n${"some words\n\n".repeat(4_000)}`;
    expect(blocksOf(text).length).toBeGreaterThan(1_000);
    expect(cut(text, cut(text.slice(0, 19_995)))).toEqual(cut(text));
  });

  it("starts over for another text", () => {
    expect(cut("x\n\ny", cut("a\n\nb\n\nc")).blocks).toEqual(["x\n\n", "y"]);
  });
});
