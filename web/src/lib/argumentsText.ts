import { withoutHidden } from "./visibleText";

const INDENT = "  ";

/**
 * Returns JSON in several lines, also while it is being written. Numbers and names stay as the model wrote them, and
 * characters that are not seen are written out. What is no JSON stays in its own lines.
 */
export const argumentsText = (given: string) => formatted(given, withoutHidden);

/** Returns the same for readers: strings of several lines have them, further in than the name before them. */
export const argumentsLines = (given: string) => formatted(given, linesOf);

/** Writes a string of the JSON, with its quotes. `depth`: how many objects and lists it is in. */
type Written = (string: string, depth: number) => string;

function formatted(given: string, written: Written): string {
  const text = given.trim();
  if (/^[[{]/.test(text) && !isBroken(text)) return indented(text, written);
  return withoutHidden(given);
}

/** One that is nothing but ends of lines stays as it is written: its lines would not be seen. */
function linesOf(string: string, depth: number): string {
  const plain = withoutHidden(string);
  const hasText = plain.replace(ESCAPED, "").replace(/["\s]/g, "") !== "";
  if (!hasText || !plain.includes("\\n")) return plain;
  return plain.replace(ESCAPED, (one) => {
    if (one === "\\t") return "\t";
    return one.endsWith("\\n") ? `\n${INDENT.repeat(depth + 1)}` : one;
  });
}

const ESCAPED = /\\r\\n|\\./gs;

/** Whether a text that ends as JSON does is none. */
function isBroken(text: string): boolean {
  if (!/[\]}]$/.test(text)) return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return depthOf(text) <= 0;
  }
}

const TOKENS = /"(?:[^"\\]|\\.)*"?|[[\]{},:]|[^\s"[\]{},:]+/gs;

const depthOf = (text: string) =>
  (text.match(TOKENS) ?? []).reduce((depth, token) => depth + stepOf(token), 0);

const stepOf = (token: string) => (/^[[{]$/.test(token) ? 1 : /^[\]}]$/.test(token) ? -1 : 0);

function indented(text: string, written: Written): string {
  let depth = 0;
  let before = "";
  let made = "";
  const line = () => `\n${INDENT.repeat(Math.max(0, depth))}`;
  const tokens = text.match(TOKENS) ?? [];
  for (const [at, token] of tokens.entries()) {
    const step = stepOf(token);
    const isEmpty = step < 0 && stepOf(before) > 0;
    if (step < 0) depth -= 1;
    if (before === "," || (stepOf(before) > 0 && !isEmpty) || (step < 0 && !isEmpty))
      made += line();
    if (token === ":") made += ": ";
    else if (token.startsWith('"') && tokens[at + 1] !== ":") made += written(token, depth);
    else made += withoutHidden(token);
    if (step > 0) depth += 1;
    before = token;
  }
  return made;
}
