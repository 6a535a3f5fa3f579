import { describe, expect, it } from "vitest";
import { argumentsLines, argumentsText } from "./argumentsText";

describe("the text of arguments", () => {
  it("is indented as JSON is", () => {
    const value = { a: [1, { b: "x, y: {z}" }, []], c: {}, d: null, e: 'a "b" \\' };
    expect(argumentsText(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    expect(argumentsText(JSON.stringify([value], null, 4))).toBe(JSON.stringify([value], null, 2));
  });

  it("is the beginning of the same text while it is being written", () => {
    const whole = JSON.stringify({ path: "a/b.txt", lines: [1, 20, 300], deep: { ok: true } });
    const text = argumentsText(whole);
    for (let end = 1; end < whole.length; end++)
      expect(text.startsWith(argumentsText(whole.slice(0, end)).trimEnd())).toBe(true);
  });

  it("keeps numbers and names as they were written", () => {
    expect(argumentsText('{"id":12345678901234567890,"id":1.0}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "id": 1.0\n}',
    );
  });

  it("is unchanged where it is no JSON", () => {
    for (const text of ["", "read the file", "{oops}", '{"a":1}}', "a\nb"])
      expect(argumentsText(text)).toBe(text);
  });

  it("shows characters that would hide or turn others", () => {
    expect(argumentsText('{"path":"safe\u202etxt.exe\u200b"}')).toBe(
      '{\n  "path": "safe\\u202etxt.exe\\u200b"\n}',
    );
    expect(argumentsText("a\u0000b")).toBe("a\\u0000b");
  });
});

describe("arguments for readers", () => {
  const lines = (value: unknown) => argumentsLines(JSON.stringify(value));

  it("have strings of several lines in lines, further in than their names", () => {
    expect(lines({ code: "if a:\n\tb\r\n# end", deep: { to: ["x\ny"] } })).toBe(
      [
        "{",
        '  "code": "if a:',
        "    \tb",
        '    # end",',
        '  "deep": {',
        '    "to": [',
        '      "x',
        '        y"',
        "    ]",
        "  }",
        "}",
      ].join("\n"),
    );
  });

  it("have a string that would look like another argument in its place", () => {
    expect(lines({ path: 'a",\n"force": "no' })).toBe(
      '{\n  "path": "a\\",\n    \\"force\\": \\"no"\n}',
    );
  });

  it("keep what is not an end of a line, names, and what is nothing else", () => {
    for (const value of [{ path: "C:\\new" }, { by: "\n" }, { "a\nb": 1 }, { tab: "a\tb" }])
      expect(lines(value)).toBe(argumentsText(JSON.stringify(value)));
    expect(lines({ path: "a\n\u202eb" })).toBe('{\n  "path": "a\n    \\u202eb"\n}');
  });

  it("are shown while they are being written", () => {
    expect(argumentsLines('{"text":"one\\ntw')).toBe('{\n  "text": "one\n    tw');
  });
});
