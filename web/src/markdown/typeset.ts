import katex from "katex";
import "katex/dist/katex.min.css";

const LONGEST = 4_000;

/**
 * Sets a formula into the element; false where it cannot be read. `trust` is off, so that no command makes a
 * link, an image or an attribute; the bounds keep a formula from filling the page or the processor.
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
