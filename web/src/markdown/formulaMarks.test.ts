import { describe, expect, it } from "vitest";
import { formulaMarks } from "./formulaMarks";

describe("formulaMarks", () => {
  it.each([
    ["so \\(x^2\\) is", "so $$x^2$$ is"],
    ["so $x^2$ is", "so $$x^2$$ is"],
    ["\\[\nx = 1\n\\]", "$$\nx = 1\n$$"],
    ["$$ x = 1 $$", "$$\nx = 1\n$$"],
    ["  \\[ x \\]", "  $$\nx\n  $$"],
    ["where $$x$$ stands", "where $$x$$ stands"],
    ["$a$ and $b$", "$$a$$ and $$b$$"],
  ])("reads the formula in %o", (text, same) => {
    expect(formulaMarks(text)).toBe(same);
  });

  it.each([
    "it costs $5 and $10",
    "between $5-$10 a month",
    "echo $HOME and $PATH",
    "`$x$` and ``\\(y\\)``",
    "```sh\necho $a $b $$\n```",
    "\\$5 and 6\\$",
    "no formula (here) [at] all",
  ])("leaves %o alone", (text) => {
    expect(formulaMarks(text)).toBe(text);
  });

  it.each(["$a ", "$", "\\(", "\\[", "`", "` $"])("gets to the end of 100 KB of %o", (piece) => {
    const text = piece.repeat(100_000 / piece.length);
    expect(formulaMarks(text)).toHaveLength(text.length);
  });
});
