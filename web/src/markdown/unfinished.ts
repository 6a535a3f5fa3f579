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

/**
 * Returns a text that may end anywhere with its open marks closed. `growing`: more will come, so that the beginning of
 * a mark at its end is left out until it is known what it becomes.
 */
export const closedMarks = (text: string, growing: boolean): string =>
  remend(growing ? withoutHalfMark(withoutHalfTag(text)) : text, OPTIONS);
