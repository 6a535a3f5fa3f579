/**
 * Characters that are not seen but change what is seen: controls, direction marks, characters that are blank or have no
 * width. Variation selectors stay where emoji and scripts need them.
 */
const HIDDEN =
  /(?!\u200c|\u200d|[\u180b-\u180d]|\u180f|[\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}\u2800]/gu;

/** Those that texts of several languages need: they change nothing but their own place. */
const USUAL = /[\t\n\u00ad\u061c\u200e\u200f]/;

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;
const [ISOLATE, END_ISOLATE] = ["\u2068", "\u2069"];

const codeOf = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

const written = (character: string) => character.split("").map(codeOf).join("");

/** Returns a text with its hidden characters written out, lines as they are: for what a reader decides by. */
export const withoutHidden = (text: string) =>
  text.replace(HIDDEN, (one) => (one === "\n" ? one : written(one)));

/** Returns a text of a tool with the characters written out that could hide others or change their order. */
export const toolText = (text: string) =>
  text.replaceAll("\r\n", "\n").replace(HIDDEN, (one) => (USUAL.test(one) ? one : written(one)));

/** Returns a short text of a tool in one line, with all its hidden characters written out. */
export const toolLine = (text: string) => withoutHidden(text.replace(/\s+/g, " ").trim());

/** Returns a name of a tool or a server as `toolLine`, which does not change the order of the words around it. */
export function toolName(name: string): string {
  const line = toolLine(name);
  return RIGHT_TO_LEFT.test(line) ? `${ISOLATE}${line}${END_ISOLATE}` : line;
}
