/**
 * Models mark formulas in four ways. Code spans and fences match first, because they contain no formulas. A
 * single dollar is a mark only if no blank follows it, and if its partner has neither a blank before nor a digit
 * after it, so that sums of money are not formulas (the rule is Pandoc's). The limits make the cost of a hostile
 * line proportional to its length.
 */
const MARKS = new RegExp(
  [
    /(?<code>(?<!`)(?<ticks>`+)(?!`)[\s\S]*?(?<!`)\k<ticks>(?!`))/,
    /\\\[(?<bracket>[\s\S]{1,4000}?)\\\]/,
    /\\\((?<paren>[\s\S]{1,1000}?)\\\)/,
    /(?<!\\)\$\$(?<double>[\s\S]{1,4000}?)\$\$/,
    /(?<![\\$\w])\$(?<single>(?![\s$])(?:\\.|[^$\n\\]){0,1000}?)(?<!\s)\$(?![\d$])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

const WANTED = /\$|\\\(|\\\[/;

/** Puts every formula between double dollars, which are on separate lines if it stands alone. */
export function formulaMarks(markdown: string): string {
  if (!WANTED.test(markdown)) return markdown;
  return markdown.replace(MARKS, (whole, ...rest) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const { bracket, paren, double, single } = groups;
    const at = rest.at(-3) as number;
    const inline = paren ?? single;
    if (inline !== undefined) return `$$${inline.replaceAll("\n", " ")}$$`;
    const display = bracket ?? double;
    if (display === undefined) return whole;
    return alone(markdown, at, whole.length)
      ? `$$\n${display.trim()}\n${indentAt(markdown, at)}$$`
      : `$$${display.replaceAll("\n", " ")}$$`;
  });
}

const lineStart = (text: string, at: number) => text.lastIndexOf("\n", at - 1) + 1;

const indentAt = (text: string, at: number) => text.slice(lineStart(text, at), at);

function alone(text: string, at: number, length: number): boolean {
  const newline = text.indexOf("\n", at + length);
  const after = text.slice(at + length, newline < 0 ? text.length : newline);
  return indentAt(text, at).trim() === "" && after.trim() === "";
}
