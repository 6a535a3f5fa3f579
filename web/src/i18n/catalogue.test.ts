import { describe, expect, it } from "vitest";
import { catalogues, preferredLocale, sentenceFor, sentences } from "./catalogue";
import { en } from "./en";
import { examplesFor } from "./examples";
import { zh } from "./zh";

function keysOf(catalogue: object, prefix = ""): string[] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === "object" ? keysOf(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

function allOf(catalogue: object): string[] {
  return Object.values(catalogue).flatMap((value) => {
    if (typeof value === "object") return allOf(value);
    return [typeof value === "function" ? value(1, 2) : value];
  });
}

/** The sentences without values: a value may be a word of any language. */
function fixedOf(catalogue: object): string[] {
  return Object.values(catalogue).flatMap((value) =>
    typeof value === "string" ? [value] : typeof value === "object" ? fixedOf(value) : [],
  );
}

describe("catalogues", () => {
  it("have the same keys", () => expect(keysOf(en).sort()).toEqual(keysOf(zh).sort()));

  it.each(Object.entries(catalogues))("%s leaves nothing empty", (_locale, catalogue) => {
    expect(allOf(catalogue).filter((text) => !text.trim())).toEqual([]);
  });

  it("are in their own language, but for the name of the other one", () => {
    const { switchLanguage, otherLanguage, ...rest } = en;
    expect(allOf(rest).filter((text) => /[\u4e00-\u9fff]/.test(text))).toEqual([]);
  });

  it("address a reader of Chinese in one way", () => {
    expect(allOf(zh).filter((text) => text.includes("您"))).toEqual([]);
  });

  it("have a space between Chinese and Latin words, and Chinese punctuation", () => {
    const odd = /[\u4e00-\u9fff][\w,;:!?]|[\w,;:!?][\u4e00-\u9fff]|[\u4e00-\u9fff] [\u4e00-\u9fff]/;
    expect(fixedOf(zh).filter((text) => odd.test(text))).toEqual([]);
  });

  it("have examples for every persona, known or not", () => {
    for (const persona of ["assistant", "teacher", "programmer", "unknown"])
      for (const locale of ["zh-CN", "en"] as const)
        expect(examplesFor(locale, persona).length).toBeGreaterThanOrEqual(3);
  });
});

describe("preferredLocale", () => {
  it.each([
    [["zh-TW", "en"], null, "zh-CN"],
    [["en-GB"], null, "en"],
    [["fr", "zh-Hans"], null, "zh-CN"],
    [["fr"], null, "en"],
    [["zh-CN"], "en", "en"],
    [["en"], "nonsense", "en"],
  ] as const)("of %o, having chosen %s, is %s", (languages, chosen, locale) => {
    expect(preferredLocale(languages, chosen)).toBe(locale);
  });
});

describe("sentences", () => {
  it("have a space between them, but none after a full-width stop", () => {
    expect(sentences("One.", "", "Two.")).toBe("One. Two.");
    expect(sentences("一。", "二。")).toBe("一。二。");
  });
});

describe("sentenceFor", () => {
  it("prefers its own words to the server's", () => {
    expect(sentenceFor(zh, { code: "queue_full", detail: "full" })).toBe(zh.problem.queue_full);
    expect(sentenceFor(zh, { code: "unheard_of", detail: "From the server." })).toBe(
      "From the server.",
    );
    expect(sentenceFor(zh, { code: "unheard_of", detail: "" })).toBe(zh.problem.internal_error);
  });
});
