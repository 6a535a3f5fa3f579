import { describe, expect, it } from "vitest";
import { plainText } from "./plainText";

describe("plainText", () => {
  it.each([
    ["# Heading **bold**", "Heading bold"],
    ["*one* and __two__ and _three_ and ~~four~~", "one and two and three and four"],
    ["这是**重点**。", "这是重点。"],
    ["- a\n* b\n+ [x] c\n1. d", "a\nb\nc\n1. d"],
    ["> quoted\n> > twice", "quoted\ntwice"],
    ['see [the page](https://e.org/x "t") and ![a cat](cat.png)', "see the page and a cat"],
    ["call `f(*a, **b)`", "call f(*a, **b)"],
    ["```python\n# kept\nx = 2 ** 3\n```", "# kept\nx = 2 ** 3"],
    ["| a | b |\n|---|:-:|\n| 1 | **2** |", "a, b\n1, 2"],
    ["above\n---\nbelow", "above\nbelow"],
    ["$$\nx^2 + 1\n$$\n\nand \\[\ny\n\\]", "x^2 + 1\n\nand \\[\ny"],
    ["with $x_1$, $$y$$ and \\(z\\) for $5 or $10", "with x_1, y and z for $5 or $10"],
    [
      "2 * 3 * 4 ** 5, snake_case_name, C# and #tag",
      "2 * 3 * 4 ** 5, snake_case_name, C# and #tag",
    ],
    ["", ""],
  ])("of %j is %j", (markdown, plain) => expect(plainText(markdown)).toBe(plain));
});
