/** A Markdown text and what is drawn of it. */
export interface Case {
  name: string;
  source: string;
  expected: string;
}

/** Characters that no editor shows are written as `\u{200b}`. */
const unescaped = (text: string) =>
  text.replace(/\\u\{([0-9a-f]+)\}/g, (_whole, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );

/** Reads a file of cases: a line `=== name`, the Markdown text, a line `==>`, and what is drawn of it. */
export function casesIn(file: string): Case[] {
  return file
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const [, name = "", source = "", expected = ""] =
        /^([^\n]*)\n([\s\S]*?)\n==>\n([\s\S]*?)\n*$/.exec(part) ?? [];
      return { name, source: unescaped(source), expected: unescaped(expected) };
    });
}

/** Returns a generator of the same numbers from 0 to 1 for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
