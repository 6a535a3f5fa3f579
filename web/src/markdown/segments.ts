/** A node of a coloured text: the part of lowlight's result that is used here. */
export interface CodeNode {
  type: string;
  value?: string;
  properties?: { className?: unknown };
  children?: CodeNode[];
}

/** A part of code that is coloured alone. */
export interface Segment {
  text: string;
  nodes: readonly CodeNode[];
}

/** Coloured code: segments that do not change any more while it grows, and the last one. */
export interface Coloured {
  settled: readonly Segment[];
  last: Segment;
}

export type Colour = (code: string) => readonly CodeNode[];

export const NO_COLOURS: Coloured = { settled: [], last: { text: "", nodes: [] } };

/** Longer segments without any place to end, such as one line, are not coloured. */
const MOST = 10_000;

/**
 * Where a segment ends, between which lengths: before an unindented line that begins something (no bracket closes there),
 * best after a blank line; at last before any line. The first place counts, whatever text follows.
 */
const PLACES: readonly (readonly [RegExp, from: number, to: number])[] = [
  [/\n[ \t]*\n(?=[^\s)\]}])/g, 2_000, 4_000],
  [/\n(?=[^\s)\]}])/g, 4_000, 6_000],
  [/\n(?=.)/g, 6_000, MOST],
];
/** Characters between two places of a segment that are tried, because each costs a colouring. */
const APART = 500;

/** Whether coloured code ends outside of comments, texts and everything else that can have several lines. */
const isOutside = (nodes: readonly CodeNode[]) => {
  const last = nodes.at(-1);
  return last?.type === "text" && (last.value ?? "").endsWith("\n");
};

function firstSegment(text: string, colour: Colour): Segment | null {
  for (const [places, from, to] of PLACES) {
    if (text.length < from) return null;
    places.lastIndex = from;
    for (let match = places.exec(text); match && match.index < to; match = places.exec(text)) {
      const part = text.slice(0, match.index + match[0].length);
      const nodes = colour(part);
      if (isOutside(nodes)) return { text: part, nodes };
      places.lastIndex = match.index + APART;
    }
  }
  if (text.length < MOST) return null;
  const end = text.indexOf("\n", MOST);
  return end < 0 ? null : plain(text.slice(0, end + 1));
}

const plain = (text: string): Segment => ({ text, nodes: [{ type: "text", value: text }] });

/**
 * Colours code in segments, so that only the end of growing code is coloured again, and code of any length costs the same
 * per line. The result depends on the code alone, not on how it has grown; `before` is a result for a beginning of it.
 */
export function coloured(code: string, colour: Colour, before: Coloured = NO_COLOURS): Coloured {
  const settled: Segment[] = [];
  let at = 0;
  for (const segment of before.settled) {
    if (!code.startsWith(segment.text, at)) break;
    settled.push(segment);
    at += segment.text.length;
  }
  let rest = code.slice(at);
  for (let next = firstSegment(rest, colour); next; next = firstSegment(rest, colour)) {
    settled.push(next);
    rest = rest.slice(next.text.length);
  }
  if (rest === before.last.text && settled.length === before.settled.length) return before;
  const last = rest.length < MOST ? { text: rest, nodes: colour(rest) } : plain(rest);
  return { settled, last };
}
