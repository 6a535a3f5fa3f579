import { type Piece, piecesOf } from "./definitions";
import { ENVIRONMENT } from "./environments";
import { foldsIn, LONGEST_FOLD } from "./folds";

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
/** Matches an incomplete last line that may become the next item of a list. */
const HALF_ITEM = /^\d{1,9}$/;

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

const BEGIN = new RegExp(`^\\\\begin\\{(${ENVIRONMENT})\\}`);

function formulaIn(line: string): Opened | null {
  const body = line.trimStart();
  const end = `\\end{${BEGIN.exec(body)?.[1]}}`;
  if (BEGIN.test(body) && !body.includes(end)) return { closes: (next) => next.includes(end) };
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
 * Splits a text at blank lines before an unindented line outside `<details>`, and around unindented fences. The parts
 * do not affect each other's parsing, except for links and footnotes defined in another part, which `pieces` include.
 * Reuses the result for a beginning of the same text.
 */
export function cut(text: string, before: Blocks = NO_BLOCKS): Blocks {
  // An incomplete line alone may turn out to belong to the block before it.
  const unsettled = before.blocks.at(-1)?.includes("\n") ? 1 : 2;
  const settled = text.startsWith(before.text) ? before.blocks.slice(0, -unsettled) : [];
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
  let folds = 0;

  const cutHere = (position: number) => {
    if (position > begin) blocks.push(text.slice(begin, position));
    begin = position;
  };

  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, newline < 0 ? end : newline);
    if (folds > 0 && !opened && at - begin > LONGEST_FOLD) {
      folds = 0;
      cutHere(at);
    }
    if (opened) {
      if (opened.closes(line)) {
        opened = null;
        if (!list && folds === 0 && newline >= 0) cutHere(end);
      }
    } else if (line.trim() === "") blank = true;
    else {
      const indented = line[0] === " " || line[0] === "\t";
      const item = LIST.test(line) || (newline < 0 && HALF_ITEM.test(line));
      opened = fenceIn(line) ?? formulaIn(line);
      const folded = list ? 0 : foldsIn(line, folds);
      const opens = (opened || folded > folds) && !list && !blank;
      if (folds === 0 && !indented && ((blank && !(list && item)) || opens)) cutHere(at);
      if (at === begin) list = item;
      folds = list ? 0 : folded;
      blank = false;
    }
    at = end;
  }
  cutHere(text.length);
  return { blocks, open: opened !== null };
}
