import { describe, expect, it } from "vitest";
import { formulaMarks } from "./formulaMarks";

describe("formulaMarks", () => {
  it.each([
    ["so \\(x^2\\) is", "so $$x^2$$ is"],
    ["so $x^2$ is", "so $$x^2$$ is"],
    ["\\[\nx = 1\n\\]", "$$\nx = 1\n$$"],
    ["$$ x = 1 $$", "$$\nx = 1\n$$"],
    ["  \\[ x \\]", "  $$\n  x\n  $$"],
    ["> \\[\n> x\n> \\]", "> $$\n> x\n> $$"],
    ["1. $$x$$", "1. $$\n   x\n   $$"],
    ["\\begin{align}\na &= b\n\\end{align}", "$$\n\\begin{align}\na &= b\n\\end{align}\n$$"],
    ["so \\begin{align*}a\\end{align*} is", "so $$\\begin{aligned}a\\end{aligned}$$ is"],
    ["$$\\begin{cases}a\\end{cases}$$", "$$\n\\begin{cases}a\\end{cases}\n$$"],
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
    "\\begin{document} is LaTeX",
    "`\\begin{align}x\\end{align}`",
    "a line break \\\\[2pt] and \\\\(so\\\\)",
    "a note \\[1\\] and \\[no link\\](so)",
    "no formula (here) [at] all",
  ])("leaves %o alone", (text) => {
    expect(formulaMarks(text)).toBe(text);
  });

  it.each(["$a ", "$", "\\(", "\\[", "`", "` $"])("gets to the end of 100 KB of %o", (piece) => {
    const text = piece.repeat(100_000 / piece.length);
    expect(formulaMarks(text)).toHaveLength(text.length);
  });
});

it("opens a formula whose end has not come", () => {
  expect(formulaMarks("\\[\nx", true)).toBe("$$\nx");
  expect(formulaMarks("\\begin{align}\nx", true)).toBe("$$\n\\begin{align}\nx");
});
