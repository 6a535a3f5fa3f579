import { describe, expect, it } from "vitest";
import { toolName, toolText, withoutHidden } from "./visibleText";

describe("a text of a tool", () => {
  it("has no character that changes the order or hides others", () => {
    expect(toolText("safe\u202etxt.exe \u2066a\u2069 \u200b\u001b[31mred\u0000")).toBe(
      "safe\\u202etxt.exe \\u2066a\\u2069 \\u200b\\u001b[31mred\\u0000",
    );
    expect(toolText("\u{e0041}b\u2028c")).toBe("\\udb40\\udc41b\\u2028c");
    expect(toolText("a\u3164\u2800\uffa0\u{e0101}b")).toBe("a\\u3164\\u2800\\uffa0\\udb40\\udd01b");
  });

  it("keeps lines, tabs and what languages need", () => {
    const text = "a\tb\nc 👩\u200d💻 \u05d0\u200f Silben\u00adtrennung ❤\ufe0f";
    expect(toolText(text)).toBe(text);
    expect(toolText("a\r\nb\rc")).toBe("a\nb\\u000dc");
  });
});

it("is written out in full where a reader decides by it", () => {
  expect(withoutHidden("a\tb\u200f\nc")).toBe("a\\u0009b\\u200f\nc");
});

describe("a name of a tool", () => {
  it("is one line without hidden characters", () => {
    expect(toolName(" Read\n a\tfile\u202e ")).toBe("Read a file\\u202e");
    expect(toolName("读取文件")).toBe("读取文件");
  });

  it("is isolated where it is written from right to left", () => {
    expect(toolName("قراءة")).toBe("\u2068قراءة\u2069");
    expect(toolName("\u202eقراءة\u2069")).toBe("\u2068\\u202eقراءة\\u2069\u2069");
  });
});
