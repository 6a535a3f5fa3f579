import { ENVIRONMENT, inlineSource } from "./environments";

/**
 * Models mark formulas in five ways. Code spans and fences match first, because they contain no formulas. A
 * single dollar is a mark only if no blank follows it, and if its partner has neither a blank before nor a digit
 * after it, so that sums of money are not formulas (the rule is Pandoc's). The limits make the cost of a hostile
 * line proportional to its length.
 */
const MARKS = new RegExp(
  [
    /(?<code>(?<!`)(?<ticks>`+)(?!`)[\s\S]*?(?<!`)\k<ticks>(?!`))/.source,
    /(?<!\\)\\\[(?<bracket>[\s\S]{1,4000}?)\\\]/.source,
    /(?<!\\)\\\((?<paren>[\s\S]{1,1000}?)\\\)/.source,
    /(?<!\\)\$\$(?<double>[\s\S]{1,4000}?)\$\$/.source,
    `(?<!\\\\)(?<bare>\\\\begin\\{(?<name>${ENVIRONMENT})\\}[\\s\\S]{1,4000}?\\\\end\\{\\k<name>\\})`,
    /(?<![\\$\w])\$(?<single>(?![\s$])(?:\\.|[^$\n\\]){0,1000}?)(?<!\s)\$(?![\d$])/.source,
  ].join("|"),
  "g",
);

const WANTED = /\$|\\\(|\\\[|\\begin/;

/** Matches the beginning of a block that is a formula without an end. */
const UNCLOSED = new RegExp(
  `^\\s*(?:\\\\\\[(?![\\s\\S]*\\\\\\])|(?=\\\\begin\\{(${ENVIRONMENT})\\}))`,
);

/**
 * Puts every formula between double dollars, which are on separate lines if it stands alone. `open`: whether the text
 * ends within a formula that will be closed later, so that it is shown as the source of one until then.
 */
export function formulaMarks(markdown: string, open = false): string {
  if (!WANTED.test(markdown)) return markdown;
  const [opening, name] = (open && UNCLOSED.exec(markdown)) || [];
  if (opening !== undefined && !(name && markdown.includes(`\\end{${name}}`)))
    return `$$\n${markdown.slice(opening.length).trimStart()}`;
  return markdown.replace(MARKS, (whole, ...rest) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const { bracket, paren, double, bare, single } = groups;
    const inline = paren ?? single;
    if (inline !== undefined) return `$$${inline.replaceAll("\n", " ")}$$`;
    const display = bracket ?? double ?? bare;
    const at = rest.at(-3) as number;
    const onOwn = alone(markdown, at, whole.length);
    if (display === undefined || (bracket && !onOwn && !isFormula(bracket))) return whole;
    return onOwn ? onLines(display, before(markdown, at)) : `$$${inlineSource(display)}$$`;
  });
}

/** Within a line, `\[1\]` is a pair of escaped brackets, unless there is a blank or a sign of a formula in it. */
const isFormula = (source: string) => /^\s|[\\^_=+<>{}]/.test(source);

/** What a line begins with inside quotations and list items. */
const CONTAINERS = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+)*$/;

const lineStart = (text: string, at: number) => text.lastIndexOf("\n", at - 1) + 1;

const before = (text: string, at: number) => text.slice(lineStart(text, at), at);

function alone(text: string, at: number, length: number): boolean {
  const newline = text.indexOf("\n", at + length);
  const after = text.slice(at + length, newline < 0 ? text.length : newline);
  return after.trim() === "" && CONTAINERS.test(before(text, at));
}

/** Returns a formula on lines of its own, each of which stays in the containers that the first one is in. */
function onLines(source: string, first: string): string {
  const prefix = first.replace(/[^\s>]/g, " ");
  const quotes = first.split(">").length - 1;
  const own = new RegExp(`^[ \\t]*(?:>[ \\t]*){0,${quotes}}`);
  const lines = source.split("\n").map((line) => line.replace(own, "").trimEnd());
  return ["$$", ...lines.filter(Boolean), "$$"].join(`\n${prefix}`);
}
