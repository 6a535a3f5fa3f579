import { describe, expect, it } from "vitest";
import { cut } from "./blocks";
import { fenceOf } from "./fence";

const read = (text: string) => {
  const { blocks, open } = cut(text);
  return fenceOf(blocks[0] ?? "", open);
};

describe("fenceOf", () => {
  it.each([
    ["```python\nprint(1)\n```\n", "python", "print(1)"],
    ["```\na\n\n  b\n```", "", "a\n\n  b"],
    ["~~~ js title=x\na\n~~~\n\n", "js", "a"],
    ["````\n```\nx\n```\n````", "", "```\nx\n```"],
    ["```py\nhalf a li", "py", "half a li"],
    ["```py\nhalf\n``", "py", "half\n``"],
    ["```p", "p", ""],
    ["```\n```", "", ""],
  ])("reads %o", (text, language, code) => {
    expect(read(text)).toEqual({ language, code });
  });

  it.each(["text", "`` ` ``", "```not``` a fence", "- ```\n  x\n  ```"])(
    "is none in %o",
    (text) => {
      expect(read(text)).toBeNull();
    },
  );
});
