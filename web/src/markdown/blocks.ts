import { type Piece, piecesOf } from "./definitions";

/** A Markdown text split into parts that can be parsed separately. */
export interface Blocks {
  text: string;
  blocks: string[];
  /** The units to parse: the blocks, with the definitions that they need from each other. */
  pieces: Piece[];
  /** Whether the last block ends inside a code fence or a formula that is not closed yet. */
  open: boolean;
}

export const NO_BLOCKS: Blocks = { text: "", blocks: [], pieces: [], open: false };

const FENCE = /^([ \t]*)(`{3,}|~{3,})([^\n]*)$/;
const LIST = /^(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;

interface Opened {
  closes: (line: string) => boolean;
}

function fenceIn(line: string): Opened | null {
  const [, indent = "", marks = "", info = ""] = FENCE.exec(line) ?? [];
  if (!marks || (marks[0] === "`" && info.includes("`"))) return null;
  const closing = new RegExp(`^[ \\t]*${marks[0]}{${marks.length},}[ \\t]*$`);
  return {
    closes: (next) =>
      closing.test(next) && next.length - next.trimStart().length <= indent.length + 3,
  };
}

function formulaIn(line: string): Opened | null {
  const body = line.trimStart();
  for (const [opening, closing] of [
    ["$$", "$$"],
    ["\\[", "\\]"],
  ] as const) {
    if (body.startsWith(opening) && !body.includes(closing, 2))
      return { closes: (next) => next.includes(closing) };
  }
  return null;
}

/**
 * Splits a text at blank lines before an unindented line, and around unindented fences. The parts do not affect each
 * other's parsing, except for links and footnotes defined in another part, which `pieces` include.
 * Reuses the result for a beginning of the same text.
 */
export function cut(text: string, before: Blocks = NO_BLOCKS): Blocks {
  const settled = text.startsWith(before.text) ? before.blocks.slice(0, -1) : [];
  const from = settled.reduce((length, block) => length + block.length, 0);
  const tail = cutWhole(text.slice(from));
  const blocks = [...settled, ...tail.blocks];
  return { text, blocks, pieces: piecesOf(blocks), open: tail.open };
}

function cutWhole(text: string): Pick<Blocks, "blocks" | "open"> {
  const blocks: string[] = [];
  let begin = 0;
  let at = 0;
  let blank = false;
  let list = false;
  let opened: Opened | null = null;

  const cutHere = (position: number) => {
    if (position > begin) blocks.push(text.slice(begin, position));
    begin = position;
  };

  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, newline < 0 ? end : newline);
    if (opened) {
      if (opened.closes(line)) {
        opened = null;
        if (!list && newline >= 0) cutHere(end);
      }
    } else if (line.trim() === "") blank = true;
    else {
      const indented = line[0] === " " || line[0] === "\t";
      const item: boolean = LIST.test(line);
      opened = fenceIn(line) ?? formulaIn(line);
      if (!indented && ((blank && !(list && item)) || (opened && !list && !blank))) cutHere(at);
      if (at === begin) list = item;
      blank = false;
    }
    at = end;
  }
  cutHere(text.length);
  return { blocks, open: opened !== null };
}
