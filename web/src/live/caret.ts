import { emptyEnd, lastPoint, type TextPoint } from "./textEnd";

interface Place {
  /** In pixels from the left and the top of the window. */
  x: number;
  top: number;
  height: number;
}

const range = document.createRange();

/** Returns where a caret stands behind a point; null where the browser cannot say. */
function behind({ node, offset }: TextPoint): Place | null {
  const formula = node.parentElement?.closest(".katex");
  if (formula) return besides(formula.getBoundingClientRect(), "end", isRightToLeft(formula));
  range.setStart(node, Math.max(0, offset - 1));
  range.setEnd(node, offset);
  const box = [...range.getClientRects()].at(-1);
  return box ? besides(box, "end", isRightToLeft(node.parentElement)) : null;
}

const isRightToLeft = (element: Element | null) =>
  element !== null && getComputedStyle(element).direction === "rtl";

function besides(
  { left, right, top, height }: DOMRect,
  side: "start" | "end",
  toLeft: boolean,
): Place {
  return { x: (side === "end") === toLeft ? left : right, top, height };
}

/** The place in an element without words: its first line. */
function within(element: Element): Place {
  const { left, right, top, height } = element.getBoundingClientRect();
  return { x: isRightToLeft(element) ? right : left, top, height: height || 20 };
}

/** Moves a caret behind a point, or to the end of the text, within what is visible of a box that scrolls. */
export function placeCaret(caret: HTMLElement, root: Element, from: TextPoint | null): void {
  const empty = from === null ? emptyEnd(root) : null;
  const point = empty ? null : lastPoint(root, from);
  const place = empty ? within(empty) : point && behind(point);
  caret.hidden = place === null;
  if (!place) return;
  const origin = (caret.offsetParent ?? root).getBoundingClientRect();
  const box = (empty ?? point?.node.parentElement)?.closest(".scrolls")?.getBoundingClientRect();
  const right = (box ?? origin).right - 2;
  const x = Math.min(Math.max(place.x, (box ?? origin).left), right) - origin.left;
  caret.style.transform = `translate(${x.toFixed(1)}px, ${(place.top - origin.top).toFixed(1)}px)`;
  const height = `${Math.round(place.height)}px`;
  if (caret.style.height !== height) caret.style.height = height;
}
