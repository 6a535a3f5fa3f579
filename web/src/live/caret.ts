import { emptyEnd, lastPoint, type TextPoint } from "./textEnd";

interface Place {
  /** In pixels from the left and the top of the window. */
  x: number;
  top: number;
  height: number;
}

/** What is known of a text node until the text changes: looking it up in each frame costs more than the place. */
interface Surroundings {
  node: Node;
  formula: Element | null;
  isToLeft: boolean;
  /** The box that scrolls the text, if any. */
  scroller: Element | null;
}

const range = document.createRange();

/** The direction of elements that have a letter, which does not change: to ask for it brings all styles up to date. */
const directions = new WeakMap<Element, boolean>();
const LETTER = /\p{L}/u;

function isRightToLeft(element: Element | null): boolean {
  if (element === null) return false;
  const known = directions.get(element);
  if (known !== undefined) return known;
  const found = getComputedStyle(element).direction === "rtl";
  if (LETTER.test(element.textContent)) directions.set(element, found);
  return found;
}

function surroundingsOf(node: Node): Surroundings {
  const element = node instanceof Element ? node : node.parentElement;
  const formula = element?.closest(".katex") ?? null;
  return {
    node,
    formula,
    isToLeft: isRightToLeft(formula ?? element),
    scroller: element?.closest(".scrolls") ?? null,
  };
}

function besides({ left, right, top, height }: DOMRect, side: "start" | "end", isToLeft: boolean) {
  return { x: (side === "end") === isToLeft ? left : right, top, height };
}

/** Returns where a caret stands behind a point; null where the browser cannot say. */
function behind({ node, offset }: TextPoint, { formula, isToLeft }: Surroundings): Place | null {
  if (formula) return besides(formula.getBoundingClientRect(), "end", isToLeft);
  range.setStart(node, Math.max(0, offset - 1));
  range.setEnd(node, offset);
  const boxes = range.getClientRects();
  const box = boxes[boxes.length - 1];
  return box ? besides(box, "end", isToLeft) : null;
}

/** The place in an element without words: its first line. */
function within(element: Element, isToLeft: boolean): Place {
  const box = element.getBoundingClientRect();
  return { ...besides(box, "start", isToLeft), height: box.height || 20 };
}

/** A caret at the end of a text. It is moved from the start of the box that it is positioned in, and takes no room. */
export class Caret {
  private known: Surroundings | null = null;
  private origin: Element | null = null;
  private height = "";

  constructor(
    readonly element: HTMLElement,
    private readonly root: Element,
  ) {}

  /** Forgets what is known of the text, because it has changed. */
  forget(): void {
    this.known = null;
    this.origin = null;
  }

  /** Moves the caret behind a point, or to the end of the text, within what is visible of a box that scrolls. */
  place(from: TextPoint | null): void {
    const empty = from === null ? emptyEnd(this.root) : null;
    const point = empty ? null : lastPoint(this.root, from);
    const node = empty ?? point?.node;
    const around = node && this.around(node);
    const place =
      around && (point ? behind(point, around) : within(empty as Element, around.isToLeft));
    this.element.hidden = !place;
    if (place) this.move(place, around.scroller);
  }

  private around(node: Node): Surroundings {
    if (this.known?.node !== node) this.known = surroundingsOf(node);
    return this.known;
  }

  private move({ x, top, height }: Place, scroller: Element | null): void {
    const { style } = this.element;
    this.origin ??= this.element.offsetParent ?? this.root;
    const origin = this.origin.getBoundingClientRect();
    const box = scroller?.getBoundingClientRect() ?? origin;
    const left = Math.min(Math.max(x, box.left), box.right - 2) - origin.left;
    style.transform = `translate(${left.toFixed(1)}px, ${(top - origin.top).toFixed(1)}px)`;
    const rounded = `${Math.round(height)}px`;
    if (rounded !== this.height) style.height = rounded;
    this.height = rounded;
  }
}
