export interface Fence {
  language: string;
  code: string;
}

const OPENING = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n`]*(?:\n|$)/;

/** The code of a block that is one unindented fence. Its lines need no Markdown parsing. */
export function fenceOf(block: string, open: boolean): Fence | null {
  const [opening, marks, language = ""] = OPENING.exec(block) ?? [];
  if (opening === undefined || !marks) return null;
  const rest = block.slice(opening.length);
  if (open) return { language, code: rest.replace(/\n$/, "") };
  const closing = new RegExp(`(?:^|\\n)[ \\t]*${marks[0]}{${marks.length},}[ \\t]*\\n*$`).exec(
    rest,
  );
  return { language, code: closing ? rest.slice(0, closing.index) : rest.replace(/\n$/, "") };
}
