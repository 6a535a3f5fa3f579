import { withoutHidden } from "./visibleText";

const INDENT = "  ";

/**
 * Returns JSON in several lines, also while it is being written. Numbers and names stay as the model wrote them, and
 * characters that are not seen are written out. What is no JSON stays in its own lines.
 */
export function argumentsText(given: string): string {
  const text = given.trim();
  return withoutHidden(/^[[{]/.test(text) && !isBroken(text) ? indented(text) : given);
}

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

function indented(text: string): string {
  let depth = 0;
  let before = "";
  let made = "";
  const line = () => `\n${INDENT.repeat(Math.max(0, depth))}`;
  for (const token of text.match(TOKENS) ?? []) {
    const step = stepOf(token);
    const isEmpty = step < 0 && stepOf(before) > 0;
    if (step < 0) depth -= 1;
    if (before === "," || (stepOf(before) > 0 && !isEmpty) || (step < 0 && !isEmpty))
      made += line();
    made += token === ":" ? ": " : token;
    if (step > 0) depth += 1;
    before = token;
  }
  return made;
}
