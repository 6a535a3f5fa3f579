import katex from "katex";
import "katex/dist/katex.min.css";

const LONGEST = 4_000;

/**
 * Typesets a formula into the element. Returns false if it cannot be parsed. `trust` is off, so that no command
 * creates a link, an image or an attribute; the limits bound its size and its cost.
 */
export function typeset(source: string, display: boolean, element: HTMLElement): boolean {
  if (source.length > LONGEST) return false;
  try {
    katex.render(source, element, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      strict: "ignore",
      maxSize: 20,
      maxExpand: 200,
    });
    return true;
  } catch {
    element.replaceChildren();
    return false;
  }
}
