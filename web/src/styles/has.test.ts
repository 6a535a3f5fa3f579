import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import postcss from "postcss";
import { expect, it } from "vitest";

const FOLDER = import.meta.dirname;
const SHEETS = readdirSync(FOLDER).filter((name) => name.endsWith(".css"));

/** What stands before a `:has()` in its compound, and its argument. */
const HAS = /([^\s>+~,]*):has\(((?:[^()]|\([^()]*\))*)\)/g;
const COMPOUNDS = /[^\s>+~,]+/g;

/**
 * Returns the uses of `:has()` in a selector that make browsers look at all ancestors of each element that comes: those with
 * the name of an element or `*` in the argument, and those for any subject.
 */
const costlyIn = (selector: string): string[] =>
  [...selector.matchAll(HAS)]
    .filter(([, subject, argument = ""]) => {
      const names = (argument.match(COMPOUNDS) ?? []).filter((part) => !/^[.:[#]/.test(part));
      return subject === "" || names.length > 0;
    })
    .map(([use]) => use);

it.each([
  ["li > :has(> .caret)", 1],
  [".table:has(tbody tr)", 1],
  [".notice:has(.actions > *) .text", 1],
  [".actions:has(> [aria-expanded='true']) .icon, .row:has(:focus-visible)", 0],
])("finds what is costly in %s", (selector, count) => {
  expect(costlyIn(selector)).toHaveLength(count);
});

it.each(SHEETS)("%s makes no growing text search its ancestors", (name) => {
  const found: string[] = [];
  postcss
    .parse(readFileSync(join(FOLDER, name), "utf8"))
    .walkRules(({ selector }) => void found.push(...costlyIn(selector)));
  expect(found).toEqual([]);
});
