import { common, createLowlight } from "lowlight";
import { describe, expect, it } from "vitest";
import { type CodeNode, type Coloured, coloured, NO_COLOURS } from "./segments";

const lowlight = createLowlight(common);
const colourOf = (language: string) => (code: string) =>
  lowlight.highlight(language, code).children as CodeNode[];

const textOf = (nodes: readonly CodeNode[]): string =>
  nodes.map(({ value, children }) => value ?? textOf(children ?? [])).join("");
const all = ({ settled, last }: Coloured) => [...settled, last];

const functions = Array.from(
  { length: 120 },
  (_, n) => `def f${n}(x):\n    """Says\n\n${n}."""\n    return "a" + x\n\n`,
).join("\n");

/** The classes of each character's innermost element. */
function classesOf(nodes: readonly CodeNode[], outer = ""): string[] {
  return nodes.flatMap(({ value, properties, children }) => {
    const own = String(properties?.className ?? outer);
    return value === undefined ? classesOf(children ?? [], own) : [...value].map(() => own);
  });
}

describe("coloured", () => {
  it.each([
    ["python", functions],
    [
      "json",
      JSON.stringify(
        Array.from({ length: 900 }, (_, n) => ({ n, text: `t${n}` })),
        null,
        2,
      ),
    ],
    ["css", "a {\n  color: red;\n}\n".repeat(800)],
  ])("colours %s in parts as it would whole", (language, code) => {
    const parts = coloured(code, colourOf(language));
    expect(parts.settled.length).toBeGreaterThan(1);
    expect(all(parts).map(({ text }) => text)).toEqual(
      all(parts).map(({ nodes }) => textOf(nodes)),
    );
    const classes = all(parts).flatMap(({ nodes }) => classesOf(nodes));
    expect(classes).toEqual(classesOf(colourOf(language)(code)));
  });

  it("comes to the same however the code grows, and colours only its end again", () => {
    let coloredLength = 0;
    const count = (code: string) => {
      coloredLength += code.length;
      return colourOf("python")(code);
    };
    let grown = NO_COLOURS;
    for (let length = 0; length < functions.length; length += 97)
      grown = coloured(functions.slice(0, length), count, grown);
    grown = coloured(functions, count, grown);
    expect(grown).toEqual(coloured(functions, colourOf("python")));
    expect(coloredLength).toBeLessThan((functions.length / 97) * 3_000);
  });

  it("keeps what is settled the same objects", () => {
    const half = coloured(functions.slice(0, 5_000), colourOf("python"));
    const whole = coloured(functions, colourOf("python"), half);
    expect(whole.settled[0]).toBe(half.settled[0]);
  });

  it("leaves one endless line plain", () => {
    const { settled, last } = coloured(`x = "${"a".repeat(30_000)}"`, colourOf("python"));
    expect(settled).toEqual([]);
    expect(last.nodes).toEqual([{ type: "text", value: last.text }]);
  });

  it("starts over for other code", () => {
    const before = coloured(functions, colourOf("python"));
    expect(coloured("x = 1", colourOf("python"), before).settled).toEqual([]);
  });
});
