import { describe, expect, it } from "vitest";
import highlight from "./highlight.css?raw";
import tokens from "./tokens.css?raw";

/** WCAG 2.2 AA for text of ordinary size. */
const ENOUGH = 4.5;
const PAIR = /light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/;

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Returns the colours of a token in light and dark mode. */
function token(name: string): [string, string] {
  const [, light, dark] = new RegExp(`--${name}: ${PAIR.source}`).exec(tokens) ?? [];
  if (!light || !dark) throw new Error(`no token ${name}`);
  return [light, dark];
}

const words = [...highlight.matchAll(new RegExp(PAIR.source, "g"))].map(
  ([, light = "", dark = ""]) => [light, dark] as [string, string],
);

// axe cannot check these: the background of code has gradients, which show that it can be scrolled.
describe("code", () => {
  it.each([...words, token("danger"), token("text"), token("muted")])(
    "can be read in %s, and in %s when it is dark",
    (light, dark) => {
      const [lightGround, darkGround] = token("code");
      expect(contrast(light, lightGround)).toBeGreaterThanOrEqual(ENOUGH);
      expect(contrast(dark, darkGround)).toBeGreaterThanOrEqual(ENOUGH);
    },
  );

  it("has all its colours looked at", () => {
    expect(words).toHaveLength(highlight.split("light-dark(").length - 1);
  });
});
