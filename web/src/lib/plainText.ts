const FENCE = /^\s{0,3}(?:```|~~~)/;
const RULE = /^\s{0,3}(?:[-*_]\s*){3,}$/;
/** The lines above and below a formula of its own. */
const FORMULA = /^\s*(?:\$\$|\\\[|\\\])\s*$/;
const TABLE_RULE = /^\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?)?\s*$/;

/** Converts Markdown to text for screen readers: removes marks, except in code. */
export function plainText(markdown: string): string {
  const lines: string[] = [];
  let code = false;
  for (const line of markdown.split("\n")) {
    if (FENCE.test(line)) code = !code;
    else if (code) lines.push(line);
    else if (![RULE, TABLE_RULE, FORMULA].some((mark) => mark.test(line)))
      lines.push(plainLine(line));
  }
  return lines.join("\n").trim();
}

function plainLine(line: string): string {
  const body = line
    .replace(/^\s*(?:>\s?)+/, "")
    .replace(/^\s{0,3}#{1,6}\s+/, "")
    .replace(/^\s*[-*+]\s+(?:\[[ xX]\]\s+)?/, "");
  const cells = /^\s*\|.*\|\s*$/.test(body)
    ? body
        .trim()
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim())
        .join(", ")
    : body;
  // Odd parts were between backticks.
  return cells
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 ? part : withoutMarks(part)))
    .join("");
}

function withoutMarks(text: string): string {
  return text
    .replace(/!?\[([^[\]]*)\]\([^()\s]*(?:\s+"[^"]*")?\)/g, "$1")
    .replace(/\$\$([^$]+)\$\$/g, "$1")
    .replace(/\\[([](.+?)\\[)\]]/g, "$1")
    .replace(/(?<![\\$\w])\$(?![\s$])([^$]+?)(?<!\s)\$(?![\d$])/g, "$1")
    .replace(/(?:\*\*|~~)(?=\S)|(?<=\S)(?:\*\*|~~)/g, "")
    .replace(/(?<!\w)__(?=\S)|(?<=\S)__(?!\w)/g, "")
    .replace(/\*(?=[^\s*])([^*]+)(?<=\S)\*/g, "$1")
    .replace(/(?<!\w)_(?=[^\s_])([^_]+)(?<=\S)_(?!\w)/g, "$1");
}
