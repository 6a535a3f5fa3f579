import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import postcss, { type Declaration } from "postcss";
import { describe, expect, it } from "vitest";

const FOLDER = import.meta.dirname;
const SHEETS = readdirSync(FOLDER).filter((name) => name.endsWith(".css") && name !== "fonts.css");
const TOKENS = readdirSync(join(FOLDER, "tokens")).map((name) => `tokens/${name}`);

const parse = (name: string) => postcss.parse(readFileSync(join(FOLDER, name), "utf8"));

const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|light-dark)\(/i;
const NAMED = /\b(?:white|black|red|green|blue|gr[ae]y|orange|yellow|purple|silver)\b/i;
/** A length but 0 and a line of up to 3px. A size in em belongs to the text that it stands in. */
const LENGTH = /(?<![\w.-])-?\d*\.?\d+(?:rem|px|pt)\b/g;
const LINE = /^-?[0-3]px$/;
const DURATION = /(?<![\w.-])\d*\.?\d+m?s\b/;

const SPACE =
  /^(?:padding|margin|gap|row-gap|column-gap|inset|top|bottom|scroll-(?:margin|padding))/;
const FROM_TOKENS: [RegExp, string][] = [
  [/^font-size$/, "a font size"],
  [/^line-height$/, "a line height"],
  [/^font-weight$/, "a weight"],
  [/^border(?:-\w+){0,2}-radius$/, "a radius"],
];
const PLAIN = /^(?:var\(--[\w-]+\)|inherit|initial|normal|0|\d*\.?\d+(?:em|%))$/;

/** Returns what is wrong with a declaration: a value that should be a token. */
function faultOf({ prop, value }: Declaration): string | null {
  const bare = value.replace(/url\([^)]*\)|"[^"]*"/g, "");
  if (COLOUR.test(bare) || (/colou?r|background|border|shadow/.test(prop) && NAMED.test(bare)))
    return "a colour";
  if (/^(?:animation|transition)/.test(prop) && DURATION.test(bare)) return "a duration";
  if (prop === "font" && (LENGTH.test(bare) || /^\d/.test(bare))) return "a font";
  for (const [name, kind] of FROM_TOKENS)
    if (name.test(prop) && !bare.split(" ").every((part) => PLAIN.test(part)))
      return bare.startsWith("calc(var(--text") ? null : kind;
  if (SPACE.test(prop) && (bare.match(LENGTH) ?? []).some((length) => !LINE.test(length)))
    return "a space";
  return null;
}

function faultsIn(sheet: postcss.Root): string[] {
  const found: string[] = [];
  sheet.walkDecls((declaration) => {
    const fault = faultOf(declaration);
    if (fault) found.push(`line ${declaration.source?.start?.line}: ${fault}: ${declaration}`);
  });
  return found;
}

/** Sides that do not turn with the direction of writing. */
const PHYSICAL =
  /^(?:(?:padding|margin|border)-(?:left|right)(?:-\w+)?|left|right|border-(?:top|bottom)-(?:left|right)-radius)$/;

/** Whether a value for four sides has another one for the left than for the right. */
function isLopsided({ prop, value }: Declaration): boolean {
  const [, right, , left] = postcss.list.space(value);
  return /^(?:inset|padding|margin)$/.test(prop) && left !== undefined && left !== right;
}

describe("styles", () => {
  it.each(SHEETS)("of %s are made of tokens", (name) => {
    expect(faultsIn(parse(name))).toEqual([]);
  });

  it.each(SHEETS)("of %s turn with the direction of writing", (name) => {
    const found: string[] = [];
    parse(name).walkDecls((declaration) => {
      const turned = PHYSICAL.test(declaration.prop) || isLopsided(declaration);
      const aligned = /^(?:text-align|float)$/.test(declaration.prop);
      if (turned || (aligned && /\b(?:left|right)\b/.test(declaration.value)))
        found.push(`line ${declaration.source?.start?.line}: ${declaration}`);
    });
    expect(found).toEqual([]);
  });

  it("use only tokens that exist", () => {
    const known = new Set<string>();
    const used = new Map<string, string>();
    for (const name of [...TOKENS, ...SHEETS])
      parse(name).walkDecls(({ prop, value }) => {
        if (prop.startsWith("--")) known.add(prop);
        for (const [, token = ""] of value.matchAll(/var\((--[\w-]+)/g)) used.set(token, name);
      });
    const unknown = [...used].filter(([token]) => !known.has(token) && token !== "--natural-width");
    expect(unknown).toEqual([]);
  });

  it.each([
    ["color: #fff", "a colour"],
    ["color: white", "a colour"],
    ["padding: 5px", "a space"],
    ["margin: 0 calc(1rem + var(--space-1))", "a space"],
    ["font-size: 15px", "a font size"],
    ["font: 1rem var(--mono)", "a font"],
    ["line-height: 1.4", "a line height"],
    ["border-radius: 4px", "a radius"],
    ["transition: opacity 200ms", "a duration"],
  ])("are refused for %s", (css, fault) => {
    expect(faultsIn(postcss.parse(`a { ${css} }`))).toEqual([expect.stringContaining(fault)]);
  });
});
