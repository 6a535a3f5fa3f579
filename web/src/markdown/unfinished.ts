import remend from "remend";
import { withoutHalfMark } from "./callouts";
import { withoutHalfTag } from "./html";

const OPTIONS = {
  linkMode: "text-only",
  images: false,
  htmlTags: false,
  katex: false,
  singleTilde: false,
} as const;

/** Removes the beginning of the next number of a list, which would be a paragraph until its dot comes. */
const withoutHalfItem = (text: string) =>
  /^ {0,3}\d{1,9}[.)]\s/.test(text) ? text.replace(/\n[ \t]*\d{1,9}$/, "\n") : text;

/**
 * Returns a text that may end anywhere with its open marks closed. `growing`: more will come, so that the beginning of
 * a mark at its end is left out until it is known what it becomes.
 */
export const closedMarks = (text: string, growing: boolean): string =>
  remend(growing ? withoutHalfItem(withoutHalfMark(withoutHalfTag(text))) : text, OPTIONS);
