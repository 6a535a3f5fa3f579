/**
 * Matching of a typed text with names. Each word of the query must be found in the name: at its beginning, at the
 * beginning of one of its words, anywhere in it, or as pieces of beginnings of its words, in order ("nc" and "nech"
 * for "New chat"). Each Chinese character is a word. Case, accents and the width of letters make no difference.
 */

/** How well a query fits a name, the better the higher, and the parts of the name that it matched. */
export interface Match {
  score: number;
  /** Begin and end of each part in UTF-16 units, in order. */
  ranges: [number, number][];
}

export const WHOLE = 6;
const BEGINNING = 5;
const WORD = 4;
const WITHIN = 3;
const PIECES = 2;
const OTHER_NAME = 1;

/** A longer word of a query is not compared by pieces. */
const MOST_PIECES = 24;

interface Folded {
  letters: string[];
  /** Begin and end of each letter in the name. */
  spans: [number, number][];
  /** Places at which a word begins. */
  starts: number[];
}

const LETTER = /[\p{L}\p{N}]/u;
const OWN_WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

const foldLetter = (letter: string) => [
  ...letter.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(),
];

function fold(text: string): Folded {
  const letters: string[] = [];
  const spans: [number, number][] = [];
  let at = 0;
  for (const letter of text) {
    for (const folded of foldLetter(letter)) {
      letters.push(folded);
      spans.push([at, at + letter.length]);
    }
    at += letter.length;
  }
  const isStart = (letter: string, place: number) => {
    const before = letters[place - 1];
    if (!LETTER.test(letter)) return false;
    return !before || !LETTER.test(before) || OWN_WORD.test(before) || OWN_WORD.test(letter);
  };
  const starts = letters.flatMap((letter, place) => (isStart(letter, place) ? [place] : []));
  return { letters, spans, starts };
}

const isAt = ({ letters }: Folded, word: readonly string[], place: number) =>
  word.every((letter, index) => letters[place + index] === letter);

/** Returns the places of a word's letters, each right after the one before it or at the start of a later word. */
function piecesOf(name: Folded, word: readonly string[]): number[] | null {
  if (word.length < 2 || word.length > MOST_PIECES) return null;
  const dead = new Set<number>();
  const from = (index: number, next: number): number[] | null => {
    if (index === word.length) return [];
    const key = index * (name.letters.length + 1) + next;
    if (dead.has(key)) return null;
    const places = index > 0 ? [next, ...name.starts] : name.starts;
    for (const place of places) {
      if (place < next || name.letters[place] !== word[index]) continue;
      const rest = from(index + 1, place + 1);
      if (rest) return [place, ...rest];
    }
    dead.add(key);
    return null;
  };
  return from(0, 0);
}

interface Found {
  score: number;
  places: number[];
}

function findWord(name: Folded, word: readonly string[]): Found | null {
  const run = (score: number, place: number) => ({
    score,
    places: word.map((_, index) => place + index),
  });
  if (isAt(name, word, 0)) return run(BEGINNING, 0);
  const start = name.starts.find((place) => isAt(name, word, place));
  if (start !== undefined) return run(WORD, start);
  const within = name.letters.findIndex((_, place) => isAt(name, word, place));
  if (within >= 0) return run(WITHIN, within);
  const places = piecesOf(name, word);
  return places && { score: PIECES, places };
}

/** Joins the parts of the name at these places. */
function rangesOf({ spans }: Folded, places: ReadonlySet<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const place of [...places].sort((a, b) => a - b)) {
    const [begin, end] = spans[place] ?? [0, 0];
    const last = ranges.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else ranges.push([begin, end]);
  }
  return ranges;
}

export const wordsOf = (query: string) => fold(query).letters.join("").split(/\s+/).filter(Boolean);

/** Returns how a query fits a name, or else its other names; null if a word of the query is in none of them. */
export function match(query: string, name: string, others: readonly string[] = []): Match | null {
  const words = wordsOf(query).map((word) => [...word]);
  const folded = fold(name);
  if (words.length === 0) return { score: 0, ranges: [] };
  const more = others.map(fold);
  let score = BEGINNING;
  const places = new Set<number>();
  for (const word of words) {
    const found = findWord(folded, word);
    const named = found || more.some((other) => (findWord(other, word)?.score ?? 0) >= WITHIN);
    if (!named) return null;
    for (const place of found?.places ?? []) places.add(place);
    score = Math.min(score, found?.score ?? OTHER_NAME);
  }
  const isWhole = words.map((word) => word.join("")).join(" ") === folded.letters.join("");
  return { score: isWhole ? WHOLE : score, ranges: rangesOf(folded, places) };
}
