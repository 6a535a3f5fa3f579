/** Matches a complete line that defines a link `[label]` or a footnote `[^label]`. */
const DEFINITION = /^ {0,3}\[([^\]\n]+)\]:[ \t]*\S.*\n/;
const REFERENCE = /\[(\^?[^[\]\n]+)\]/g;
const FOOTNOTE = /^ {0,3}\[\^[^\]\n]+\]:/;
const LONGEST_TOGETHER = 20_000;
const FENCE = /^(?:`{3}|~{3})/;

const labelOf = (text: string) => text.trim().toLowerCase().replace(/\s+/g, " ");

/** Definitions at the beginning of a block, by label. In the middle of a paragraph there are none. */
function definitionsIn(block: string, found: Map<string, string>): void {
  let rest = block;
  for (let match = DEFINITION.exec(rest); match; match = DEFINITION.exec(rest)) {
    const label = labelOf(match[1] ?? "");
    if (!found.has(label)) found.set(label, match[0]);
    rest = rest.slice(match[0].length);
  }
}

/** Labels that a block refers to and does not define. */
function noteOf(block: string, found: ReadonlyMap<string, string>): string {
  if (FENCE.test(block) || !block.includes("[")) return "";
  const labels = new Set([...block.matchAll(REFERENCE)].map(([, label]) => labelOf(label ?? "")));
  const lines = [...labels].map((label) => found.get(label) ?? "");
  return lines.filter((line) => !block.includes(line)).join("");
}

/** A part of a text that can be parsed alone. */
export interface Piece {
  text: string;
  /** Definitions in other pieces that it refers to, appended when it is parsed; usually empty. */
  note: string;
}

/** Footnotes are numbered, so all blocks from the first mark to the last note form one piece, up to a limit. */
function together(blocks: readonly string[]): readonly string[] {
  const last = blocks.findLastIndex((block) => FOOTNOTE.test(block));
  if (last < 1) return blocks;
  const first = blocks.findIndex(
    (block) => !FENCE.test(block) && /\[\^[^\]\n]+\](?!:)/.test(block),
  );
  if (first < 0 || first >= last) return blocks;
  const joined = blocks.slice(first, last + 1).join("");
  if (joined.length > LONGEST_TOGETHER) return blocks;
  return [...blocks.slice(0, first), joined, ...blocks.slice(last + 1)];
}

export function piecesOf(blocks: readonly string[]): Piece[] {
  const found = new Map<string, string>();
  for (const block of blocks) if (/^ {0,3}\[/.test(block)) definitionsIn(block, found);
  if (found.size === 0) return blocks.map((text) => ({ text, note: "" }));
  return together(blocks).map((text) => ({ text, note: noteOf(text, found) }));
}
