import { Caret } from "./caret";
import { edgesOf, ended, glideFrom, grown, isSettled, moved, rebased, STEPS } from "./glide";
import { isMoving } from "./motion";
import { lengthOfChild, pointAt, type TextTail, tailOf } from "./textEnd";

const canHide =
  typeof CSS !== "undefined" && "highlights" in CSS && typeof Highlight === "function";

/** What has not appeared, and the steps before it; the style sheet gives each its opacity. */
const highlights: Highlight[] = [];

function highlightOf(step: number): Highlight {
  let found = highlights[step];
  if (!found) {
    found = new Highlight();
    highlights[step] = found;
    CSS.highlights.set(`glide-${step}`, found);
  }
  return found;
}

/** Milliseconds within which the caret stays: to find its place costs more than to let the text glide. */
const CARET = 45;

/** Least milliseconds between two frames: a step of the fade takes 40, and each frame costs a turn of the whole page. */
const PAUSE = 20;

const canGlide = () => canHide && isMoving();

interface Begin {
  caret: () => HTMLElement | null;
  /** Whether the text that is there already has been read. */
  isRead: boolean;
}

/**
 * Lets the text of an element appear evenly, and keeps a caret at the end of what has. The text is in the page as soon as
 * it arrives: the highlights only make it transparent, which costs neither a rendering nor a layout.
 */
export class Gliding {
  private glide = glideFrom(0, 0);
  /** The first child of the element that may not have appeared. */
  private base = 0;
  private tail: TextTail = { total: 0, nodes: [] };
  private ranges: (StaticRange | null)[] = [];
  private frame = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private readonly caret: () => HTMLElement | null;
  private placed: Caret | null = null;
  private placedAt = 0;
  /** Found out once, because browsers bring the styles up to date for it. */
  private readonly glides = canGlide();

  constructor(
    readonly root: Element,
    { caret, isRead }: Begin,
  ) {
    this.caret = caret;
    if (!isRead) return;
    this.base = Math.max(0, root.children.length - 1);
    this.glide = glideFrom(tailOf(root, this.base, 0).total, performance.now());
  }

  /** Takes note of the text that the element has now. To be called before it is painted. The caret follows in the frame. */
  update(): void {
    this.read(performance.now());
    this.draw();
    this.placedAt = 0;
    this.ask();
  }

  /** Lets the rest appear at once or soon, because no more comes. */
  end(): void {
    this.glide = ended(this.glide, performance.now());
  }

  stop(): void {
    clearTimeout(this.pause);
    this.pause = undefined;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.clear();
  }

  /** Moves the caret to where the text has moved to. A frame that is about to be drawn does it anyway. */
  settle(): void {
    if (this.frame === 0 && this.pause === undefined) this.place();
  }

  /** Asks for the next frame that is drawn. */
  private readonly ask = (): void => {
    clearTimeout(this.pause);
    this.pause = undefined;
    this.frame ||= requestAnimationFrame(this.move);
  };

  private place(): void {
    const element = this.caret();
    if (!element) return;
    if (this.placed?.element !== element) this.placed = new Caret(element, this.root);
    const { shown, total } = this.glide;
    this.placed.place(shown < total ? pointAt(this.tail, Math.floor(shown)) : null);
  }

  private readonly move = (): void => {
    const now = performance.now();
    this.frame = 0;
    // What was coloured or set meanwhile has other nodes.
    if (this.tail.nodes.some(({ node }) => !node.isConnected)) this.read(now);
    this.glide = moved(this.glide, now);
    this.draw();
    const goesOn = !isSettled(this.glide);
    // Here and not after a rendering: the frame needs the layout of the text that the place is read from.
    if (!goesOn || now - this.placedAt > CARET) {
      this.place();
      this.placedAt = now;
    }
    if (goesOn) this.pause = setTimeout(this.ask, PAUSE);
  };

  /** Reads the end of the text. Leaves out children that have appeared. */
  private read(now: number): void {
    const { root } = this;
    this.placed?.forget();
    this.base = Math.min(this.base, Math.max(0, root.children.length - 1));
    for (let opaque = edgesOf(this.glide)[0] ?? 0; this.base < root.children.length - 1; ) {
      const length = lengthOfChild(root, this.base);
      if (length > opaque) break;
      opaque -= length;
      this.glide = rebased(this.glide, length);
      this.base += 1;
    }
    this.tail = tailOf(root, this.base, Math.floor(edgesOf(this.glide)[0] ?? 0));
    const { total } = this.tail;
    this.glide = this.glides ? grown(this.glide, total, now) : glideFrom(total, now);
  }

  private draw(): void {
    this.clear();
    if (!isSettled(this.glide)) this.hide(edgesOf(this.glide).map(Math.floor));
  }

  private hide(edges: number[]): void {
    for (let step = 0; step <= STEPS; step += 1) {
      const from = edges[step] ?? 0;
      const to = edges[step + 1] ?? this.tail.total;
      const start = pointAt(this.tail, from);
      const end = pointAt(this.tail, to);
      if (from >= to || !start || !end) continue;
      const range = new StaticRange({
        startContainer: start.node,
        startOffset: start.offset,
        endContainer: end.node,
        endOffset: end.offset,
      });
      this.ranges[step] = range;
      highlightOf(step).add(range);
    }
  }

  private clear(): void {
    this.ranges.forEach((range, step) => {
      if (range) highlightOf(step).delete(range);
    });
    this.ranges = [];
  }
}
