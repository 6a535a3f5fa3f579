import { describe, expect, it } from "vitest";
import { drawn } from "../testing/drawn";
import { render } from "../testing/render";
import { Markdown } from "./Markdown";

const show = (text: string) => drawn(render(<Markdown text={text} streaming partial />).container);

describe("a growing text", () => {
  it.each([
    ["a <", "<p>a</p>"],
    ["H<su", "<p>H</p>"],
    ["H<sub>2", "<p>H<sub>2</sub></p>"],
    ["H<sub>2</su", "<p>H<sub>2</sub></p>"],
    ["a <b", "<p>a</p>"],
    ["a <di", "<p>a &lt;di</p>"],
    ["> [!NO", "<blockquote>\n</blockquote>"],
    ["> [!NOTE]", "<div kind=note><p>Note</p>\n</div>"],
    ["<details>\n<summary>Ti", "<details><summary>Ti</summary></details>"],
    [
      "<details>\n<summary>T</summary>\n\nso **b",
      "<details><summary>T</summary><p>so <strong>b</strong></p></details>",
    ],
    ["\\begin{align}\na &", "<code math>\\begin{align}\na &</code>"],
    ["\\[\nx", "<code math>x</code>"],
    ["- a\n\n2", "<ul>\n<li>a</li>\n</ul>\n<p>2</p>"],
    ["1. a\n\n2", "<ol>\n<li>a</li>\n</ol>"],
    ["~~a", "<p><del>a</del></p>"],
    ["3~5", "<p>3~5</p>"],
  ])("shows no half mark at the end of %o", (text, picture) => {
    expect(show(text)).toBe(picture);
  });
});
