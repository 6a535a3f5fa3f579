import { describe, expect, it } from "vitest";
import { spokenPieces, spokenText, voiceFor } from "./speech";

describe("spokenText", () => {
  it.each([
    ["# Title\n\n**Bold** and `code`.", "Title\nBold and code."],
    ["Before\n```js\nlet a = 1;\n```\nafter", "Before\nafter"],
    ["Before\n~~~\nopen to the end", "Before"],
    ["A\n````\n```\ninner\n```\n````\nB", "A\nB"],
    ["Sum: $$a^2$$ done", "Sum: done"],
    ["See [the page](https://example.org) or https://example.org/x now", "See the page or now"],
    ["```\nonly code\n```", ""],
  ])("of %o is %o", (markdown, text) => expect(spokenText(markdown)).toBe(text));
});

describe("spokenPieces", () => {
  it("break at sentences and lines, and lose nothing", () => {
    const text = `${"A short sentence. ".repeat(30)}\n第一句。第二句！`;
    const pieces = spokenPieces(text);
    expect(pieces.every((piece) => piece.length <= 200)).toBe(true);
    expect(pieces.join(" ").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    expect(pieces.at(-1)).toBe("第一句。第二句！");
  });

  it("cut what has no sentences", () => {
    const pieces = spokenPieces("字".repeat(450));
    expect(pieces.map((piece) => piece.length)).toEqual([200, 200, 50]);
  });
});

describe("voiceFor", () => {
  const voice = (lang: string, localService = true) => ({ lang, localService });
  const voices = [voice("en-US", false), voice("en-GB"), voice("zh_CN"), voice("de-DE")];

  it.each([
    ["en", "en-GB"],
    ["en-US", "en-US"],
    ["zh-CN", "zh_CN"],
    ["ja", undefined],
  ])("of %s is %s", (lang, found) => expect(voiceFor(voices, lang)?.lang).toBe(found));
});
