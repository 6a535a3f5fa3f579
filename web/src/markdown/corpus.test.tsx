import { describe, expect, it } from "vitest";
import { type Case, casesIn, randomFrom } from "../testing/corpus";
import { drawn } from "../testing/drawn";
import { render } from "../testing/render";
import { cut, NO_BLOCKS } from "./blocks";
import { Markdown } from "./Markdown";

const files = import.meta.glob<string>("./corpus/*.txt", {
  query: "?raw",
  import: "default",
  eager: true,
});
const subjects = Object.entries(files).map(([path, file]) => ({
  subject: path.replace(/^.*\/|\.txt$/g, ""),
  cases: casesIn(file),
}));

const ACTIVE =
  "script, style, iframe, frame, object, embed, form, link, meta, base, video, audio, source, input, template";
const ADDRESS = /^(?:href|src|xlink:href)$/i;
const HANDLER = /^(?:on.*|srcdoc|action|formaction|background)$/i;
const SCHEMES = /^(?:https?:|mailto:|tel:)/;
/** How often each case is streamed. A single time keeps the suite short; `VITE_CORPUS_SEEDS=50` searches. */
const SEEDS = Array.from({ length: Number(import.meta.env.VITE_CORPUS_SEEDS ?? 1) }, (_, n) => n);

/** Returns what on the page runs, fetches, or leads into this application. */
function harmfulIn(page: HTMLElement): string[] {
  const active = [...page.querySelectorAll(ACTIVE)].map(({ tagName }) => tagName);
  const attributes = [...page.querySelectorAll("*")].flatMap((element) => [...element.attributes]);
  const bad = attributes.filter(({ name, value }) =>
    ADDRESS.test(name) ? !SCHEMES.test(value) : HANDLER.test(name),
  );
  return [...active, ...bad.map(({ name, value }) => `${name}=${value}`)];
}

/** Returns a text as it arrives: its beginnings, at random places. */
function beginningsOf({ source, name }: Case, seed: number): string[] {
  const random = randomFrom(seed * 7_919 + name.length);
  const longest = Math.max(3, source.length / 2.5);
  const beginnings: string[] = [];
  for (let end = 0; end < source.length; beginnings.push(source.slice(0, end)))
    end += 1 + Math.floor(random() * longest);
  return beginnings;
}

it("has at least 150 cases, each with its own name", () => {
  const names = subjects.flatMap(({ subject, cases }) => cases.map(({ name }) => subject + name));
  expect(names.length).toBeGreaterThanOrEqual(150);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(subjects)("the corpus of $subject", ({ cases }) => {
  it.each(cases)("draws $name", ({ source, expected }) => {
    const { container, unmount } = render(<Markdown text={source} />);
    expect(drawn(container)).toBe(expected);
    expect(harmfulIn(container)).toEqual([]);
    unmount();
  });

  it.each(cases)("cuts the same blocks letter by letter: $name", ({ source }) => {
    let grown = NO_BLOCKS;
    for (let end = 1; end <= source.length; end += 1) grown = cut(source.slice(0, end), grown);
    expect(grown).toEqual(cut(source));
  });

  it.each(cases)("comes to the same in pieces: $name", (one) => {
    for (const seed of SEEDS) {
      const { container, rerender, unmount } = render(<Markdown text="" streaming partial />);
      for (const text of beginningsOf(one, seed)) {
        rerender(<Markdown text={text} streaming partial />);
        expect(harmfulIn(container)).toEqual([]);
      }
      rerender(<Markdown text={one.source} />);
      expect(drawn(container)).toBe(one.expected);
      unmount();
    }
  });
});
