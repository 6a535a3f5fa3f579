import { waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { render } from "../testing/render";
import { Markdown } from "./Markdown";

function show(text: string, partial = false): HTMLElement {
  return render(<Markdown text={text} partial={partial} />).container;
}

describe("Markdown safety", () => {
  it.each([
    "<script>alert(1)</script>",
    '<img src="https://evil.example/x.png" onerror="alert(1)">',
    'text <iframe src="https://evil.example"></iframe> text',
    '<a href="javascript:alert(1)">click</a>',
    "<style>body{display:none}</style>",
  ])("shows %s as text", (html) => {
    const page = show(html);
    expect(page.querySelector("script,img,iframe,a,style")).toBeNull();
    expect(page.textContent).toContain(html);
  });

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<b>x</b>",
    "vbscript:x",
    "/api/chat/history",
    "//evil.example/x",
    "file:///etc/passwd",
  ])("makes no link of %s", (url) => {
    const page = show(`[click](${url.replace("<b>x</b>", "x")})`);
    expect(page.querySelector("a")).toBeNull();
    expect(page.textContent).toContain("click");
  });

  it("opens links elsewhere, without telling where from", () => {
    const link = show("[docs](https://redis.io/docs)").querySelector("a");
    expect(link?.getAttribute("href")).toBe("https://redis.io/docs");
    expect(link?.getAttribute("target")).toBe("_blank");
    expect(link?.getAttribute("rel")).toContain("noopener");
    expect(link?.getAttribute("rel")).toContain("noreferrer");
  });

  it("fetches no picture, but links to it by its alternative text", () => {
    const page = show("![diagram](https://evil.example/x.png)");
    expect(page.querySelector("img")).toBeNull();
    const link = page.querySelector("a");
    expect(link?.getAttribute("href")).toBe("https://evil.example/x.png");
    expect(link?.textContent).toBe("diagram");
  });

  it("does not link to a picture in a data address", () => {
    const page = show("![dot](data:image/svg+xml;base64,AAAA)");
    expect(page.querySelector("a,img")).toBeNull();
    expect(page.textContent).toContain("dot");
  });
});

describe("Markdown that was made to hurt", () => {
  it.each([
    ["> ", 20_000],
    ["- ", 20_000],
    ["a", 100_000],
    ["*a **b ", 15_000],
    ["[a](", 25_000],
    ["[", 20_000],
    ["<a ", 33_000],
    ["> ", 12],
  ])("shows %o many times over", (piece, times) => {
    const text = `${piece.repeat(times)}end`;
    const page = show(`${text}\n\n**after**`);
    expect(page.textContent).toContain("end");
    expect(page.querySelector("strong")?.textContent).toBe("after");
  });

  it("says which host a link leads to where its text names another", () => {
    const page = show(
      "[bank.example](https://bank.example@evil.example/x) [evil.example](https://evil.example) [docs](https://c.example)",
    );
    expect(page.textContent).toBe("bank.example (evil.example) evil.example docs");
    expect(page.querySelectorAll("a")[2]?.title).toBe("c.example\nhttps://c.example");
  });

  it.each([
    ["[evil.example.bank.example](https://evil.example)", false],
    ["[log in at bank.example, not evil.example](https://evil.example)", false],
    ["[evil.example@bank.example](https://evil.example)", false],
    ["[https://evil.example/a?b#c](https://evil.example/d)", true],
    ["[Evil.Example](https://evil.example)", true],
    ["<https://evil.example/a>", true],
  ])("takes the text of %o for the address itself: %o", (text, isAddress) => {
    expect(show(text).querySelector(".host") === null).toBe(isAddress);
  });
});

describe("formulas and diagrams", () => {
  it.each(["so \\(x^2\\) is", "so $x^2$ is", "\\[ x^2 \\]", "$$\nx^2\n$$", "```math\nx^2\n```"])(
    "sets the formula in %o",
    async (text) => {
      const page = show(text);
      await waitFor(() => expect(page.querySelector(".katex")).toBeTruthy());
    },
  );

  it("shows the source of a broken formula", async () => {
    const page = show("so $\\frac{1}$ is");
    await waitFor(() => expect(page.querySelector("[title]")?.textContent).toBe("\\frac{1}"));
    expect(page.querySelector(".katex")).toBeNull();
  });

  it("makes no link of a formula", async () => {
    const page = show("$\\href{javascript:alert(1)}{x}$ and $x$");
    await waitFor(() => expect(page.querySelector(".katex")).toBeTruthy());
    expect(page.querySelector("a")).toBeNull();
  });

  it("leaves a formula that is still coming as its source", () => {
    const page = render(<Markdown text={"$$\n\\frac{1}"} streaming partial />).container;
    expect(page.querySelector(".katex")).toBeNull();
    expect(page.textContent).toContain("\\frac{1}");
  });
});

describe("Markdown", () => {
  it("renders tables, lists and code with its language", () => {
    const page = show("| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n\n```python\nprint(1)\n```");
    expect(page.querySelectorAll("td")).toHaveLength(2);
    expect(page.querySelector("li")?.textContent).toBe("one");
    expect(page.querySelector("pre code")?.textContent).toBe("print(1)");
    expect(page.querySelector(".code figcaption")?.textContent).toContain("python");
  });

  it("copies code without its fence", () => {
    const page = show("```\na\n\n  b\n```");
    expect(page.querySelector("pre code")?.textContent).toBe("a\n\n  b");
  });

  it("colours finished code without changing a letter of it", async () => {
    const code = 'def f(x):\n    return "<b>" + x';
    const page = show(`\`\`\`python\n${code}\n\`\`\``);
    await waitFor(() => expect(page.querySelector(".hljs-keyword")?.textContent).toBe("def"));
    expect(page.querySelector("pre code")?.textContent).toBe(code);
    expect(page.querySelector("b")).toBeNull();
  });

  it("colours code that arrives whole in a growing text at once", async () => {
    const { container, rerender } = render(<Markdown text={"```python\ndef"} streaming partial />);
    await waitFor(() => expect(container.querySelector(".hljs-keyword")).toBeTruthy());
    const text = "```python\ndef f(): ...\n```\n\n```python\nclass C: ...\n```\n\nand";
    rerender(<Markdown text={text} streaming partial />);
    const words = [...container.querySelectorAll(".hljs-keyword")].map((one) => one.textContent);
    expect(words).toEqual(["def", "class"]);
  });

  it("leaves code of an unknown language plain", () => {
    const page = show("```nolang\nx <- 1\n```");
    expect(page.querySelector("pre code")?.innerHTML).toBe("x &lt;- 1");
  });

  it("renders emphasis next to Chinese punctuation", () => {
    expect(show("**加粗。**后文").querySelector("strong")?.textContent).toBe("加粗。");
  });

  it("closes open marks of a partial text, and of no other", () => {
    expect(show("some **bold", true).querySelector("strong")?.textContent).toBe("bold");
    expect(show("some **bold", false).textContent).toBe("some **bold");
  });

  it("shows an unfinished link by its text alone", () => {
    const page = show("see [the docs](https://redis.i", true);
    expect(page.querySelector("a")).toBeNull();
    expect(page.textContent).toContain("the docs");
  });
});

describe("references", () => {
  it("lead where a definition at the end says, and leave all else on the page in place", () => {
    const text = "# Title\n\nsee [the manual][m]\n\n```\n[m]: not this\n```\n\nend\n\n";
    const { container, rerender } = render(<Markdown text={text} streaming partial />);
    const [title, code] = [container.querySelector("h1"), container.querySelector("pre")];
    rerender(<Markdown text={`${text}[m]: https://manual.example/x`} />);
    expect(container.querySelector("a")?.href).toBe("https://manual.example/x");
    expect(container.querySelector("h1")).toBe(title);
    expect(container.querySelector("pre")).toBe(code);
  });

  it("keep a long reply Markdown", () => {
    const page = show(`${"Some **bold** words.\n\n".repeat(2_000)}[m]: https://manual.example`);
    expect(page.querySelectorAll("strong")).toHaveLength(2_000);
    expect(page.querySelector(".plain")).toBeNull();
  });

  it("lead to notes and back by the focus, with ids of their own in each message", () => {
    const text = "one[^a]\n\n[^a]: A";
    const { container } = render(
      <>
        <Markdown text={text} />
        <Markdown text={text} />
      </>,
    );
    const ids = [...container.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(container.querySelector("a")).toBeNull();
    const [, mark] = container.querySelectorAll<HTMLElement>(".footnote-mark");
    const [, note] = container.querySelectorAll("section li");
    mark?.click();
    expect(document.activeElement).toBe(note);
    note?.querySelector("button")?.click();
    expect(document.activeElement).toBe(mark);
    expect(location.hash).toBe("");
  });

  it("count footnotes through", () => {
    const page = show("one[^a]\n\ntwo[^b]\n\n[^a]: A\n[^b]: B\n");
    expect([...page.querySelectorAll("sup")].map(({ textContent }) => textContent)).toEqual([
      "1",
      "2",
    ]);
  });
});

describe("Markdown tables", () => {
  it("head each column, but make no heading of an empty corner", () => {
    const page = show("| | RDB |\n|---|---|\n| size | small |");
    expect([...page.querySelectorAll("th")].map((cell) => cell.textContent)).toEqual(["RDB"]);
    expect(page.querySelectorAll("thead tr > *")).toHaveLength(2);
  });
});
