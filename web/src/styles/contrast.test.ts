import { describe, expect, it } from "vitest";
import highlight from "./highlight.css?raw";
import tokens from "./tokens/colour.css?raw";

/** WCAG 2.2 AA for text of ordinary size. */
const ENOUGH = 4.5;
/** WCAG 2.2 AA, 1.4.11, for what is not text. */
const VISIBLE = 3;

const GROUNDS = ["bg", "sidebar", "surface", "raised", "question"] as const;
const WORDS = ["text", "muted", "link", "danger", "warning", "signal"] as const;
const CODE_WORDS = [...highlight.matchAll(/color: var\(--([\w-]+)\)/g)].map(
  ([, name = ""]) => name,
);

/** Text on the ground that it stands on. */
const PAIRS: [string, string][] = [
  ...GROUNDS.flatMap((ground) => WORDS.map((word): [string, string] => [word, ground])),
  ...CODE_WORDS.map((word): [string, string] => [word, "code"]),
  ["text", "code"],
  ["muted", "code"],
  ["text", "inline-code"],
  ["text", "mark"],
  ["text", "accent-soft"],
  ["link", "accent-soft"],
  ["signal", "signal-soft"],
  ["warning", "warning-soft"],
  ["text", "warning-soft"],
  ["danger", "danger-soft"],
  ["text", "danger-soft"],
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["on-danger", "danger-fill"],
  ["on-inverse", "inverse"],
  ["link-inverse", "inverse"],
];

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
  const pair = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`);
  const [, light, dark] = pair.exec(tokens) ?? [];
  if (!light || !dark) throw new Error(`no token ${name}`);
  return [light, dark];
}

/** Returns how well a token is seen on another one, in light and in dark mode. */
function contrasts(name: string, ground: string): number[] {
  const [of, on] = [token(name), token(ground)];
  return [contrast(of[0], on[0]), contrast(of[1], on[1])];
}

// axe sees only what is on the screen, and nothing where the background is a gradient.
describe("colours", () => {
  it.each(PAIRS)("of %s can be read on %s", (word, ground) => {
    expect(Math.min(...contrasts(word, ground))).toBeGreaterThanOrEqual(ENOUGH);
  });

  it.each(GROUNDS)("of controls are seen on %s", (ground) => {
    for (const name of ["accent", "focus", "signal-light"])
      expect(Math.min(...contrasts(name, ground))).toBeGreaterThanOrEqual(VISIBLE);
  });

  it("of code are tokens, each of which was looked at", () => {
    expect(CODE_WORDS.length).toBeGreaterThan(5);
    expect(highlight).not.toMatch(/#[0-9a-f]{3}|light-dark|rgb/);
  });
});
