const ROW = ":is(.question, .reply)";

/** Returns the first row that is at least partly visible in the box. */
function firstVisible(box: HTMLElement): Element | undefined {
  const top = box.getBoundingClientRect().top;
  return [...box.querySelectorAll(ROW)].find((row) => row.getBoundingClientRect().bottom > top);
}

/** Runs a change in a scrolling box without moving the visible rows. */
export function keepScrollPosition(box: HTMLElement | null, change: () => void): void {
  const row = box ? firstVisible(box) : undefined;
  if (!box || !row) {
    change();
    return;
  }
  const top = row.getBoundingClientRect().top;
  // Some browsers adjust the position as well, except at the top; it must not be adjusted twice.
  box.style.overflowAnchor = "none";
  change();
  box.scrollTop += row.getBoundingClientRect().top - top;
  requestAnimationFrame(() => {
    box.style.overflowAnchor = "";
  });
}

/** Pixels by which the top of a row may be out of sight and still count as visible. */
const NEARLY = 8;

const topOf = (element: Element) => element.getBoundingClientRect().top;

/** Whether a row's top must not move: it is visible, or the arrows at the row's end are not. */
function isHeldByTop(box: HTMLElement, row: Element | null): boolean {
  const { top, bottom } = box.getBoundingClientRect();
  const arrows = row?.querySelector(".versions");
  if (!row || !arrows || topOf(row) >= top - NEARLY) return true;
  const { top: above, bottom: below } = arrows.getBoundingClientRect();
  return below < top || above > bottom;
}

/**
 * Runs a change in a scrolling box, after which another row has the place of `row`: by its top or, if that is out of sight,
 * by the arrows at its end. Makes `content` at least so high that the box can be scrolled so far. Without another row the
 * box stays as it is. Returns the scroll offset.
 */
export function replaceInPlace(
  { box, content }: { box: HTMLElement; content: HTMLElement },
  row: Element | null,
  change: () => void,
  next: () => Element | null,
): number {
  const byTop = isHeldByTop(box, row);
  const anchorOf = (one: Element | null) => (byTop ? null : one?.querySelector(".versions")) ?? one;
  const from = anchorOf(row);
  const place = from ? topOf(from) : 0;
  const correct = () => {
    const anchor = anchorOf(next());
    if (!anchor) return;
    const wanted = Math.max(0, box.scrollTop + topOf(anchor) - place);
    content.style.minHeight = `${wanted + box.clientHeight}px`;
    box.scrollTop = wanted;
  };
  box.style.overflowAnchor = "none";
  content.style.minHeight = "";
  change();
  correct();
  const offset = box.scrollTop;
  // Rows that have just come are laid out whole in the next frame only.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (Math.abs(box.scrollTop - offset) < 1) correct();
      box.style.overflowAnchor = "";
    }),
  );
  return offset;
}
