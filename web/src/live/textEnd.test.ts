import { describe, expect, it } from "vitest";
import { emptyEnd, lastPoint, pointAt, tailOf } from "./textEnd";

function rootOf(html: string): HTMLElement {
  const root = document.createElement("div");
  root.innerHTML = html;
  return root;
}

describe("tailOf", () => {
  const root = rootOf("<p>settled</p><p>some <b>bold</b> words</p><p>end</p>");

  it("is the text from a child on, with the nodes behind a position", () => {
    const tail = tailOf(root, 1, 7);
    expect(tail.total).toBe("some bold wordsend".length);
    expect(tail.nodes.map(({ node, start }) => [node.data, start])).toEqual([
      ["bold", 5],
      [" words", 9],
      ["end", 15],
    ]);
  });

  it("finds a position in these nodes only", () => {
    const tail = tailOf(root, 1, 7);
    const point = pointAt(tail, 10);
    expect([point?.node.data, point?.offset]).toEqual([" words", 1]);
    expect(pointAt(tail, 2)).toBeNull();
    expect(pointAt(tail, 99)?.offset).toBe(3);
  });
});

describe("lastPoint", () => {
  it.each([
    ["<p>one <em>two</em> \n</p>", "two"],
    ["<ul><li>a<ul><li>nested</li></ul></li></ul>", "nested"],
    ["<figure><figcaption>py</figcaption><pre><code>x = 1\n</code></pre></figure>", "x = 1"],
    ["<p>so <span class=katex><span class=katex-mathml>x^2</span><span>x2</span></span></p>", "x2"],
    ["<table><tr><td>1</td><td></td></tr></table>", "1"],
  ])("of %s is behind %o", (html, text) => {
    const point = lastPoint(rootOf(html), null);
    expect(point?.node.data.slice(0, point.offset)).toBe(text);
  });

  it("keeps the spaces at the end of a line of code, and is none without text", () => {
    const point = lastPoint(rootOf("<pre><code>if x:\n    </code></pre>"), null);
    expect(point?.offset ?? 0).toBeGreaterThan("if x:".length - 1);
    expect(lastPoint(rootOf("<p> </p>"), null)).toBeNull();
  });
});

describe("emptyEnd", () => {
  it.each([
    ["<ul><li>a</li><li></li></ul>", "LI"],
    ["<figure><figcaption>py</figcaption><pre><code></code></pre></figure>", "CODE"],
    ["<ul><li>a</li></ul>", undefined],
    ["<ul><li></li></ul><p>text</p>", undefined],
  ])("of %s is %s", (html, name) => {
    expect(emptyEnd(rootOf(html))?.tagName).toBe(name);
  });
});
