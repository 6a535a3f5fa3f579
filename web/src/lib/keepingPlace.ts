const ROW = ":is(.question, .reply)";

/** The first row that reaches into the visible part of the box. */
function firstVisible(box: HTMLElement): Element | undefined {
  const top = box.getBoundingClientRect().top;
  return [...box.querySelectorAll(ROW)].find((row) => row.getBoundingClientRect().bottom > top);
}

/** Makes a change in a box that scrolls; what the reader sees stays where it is. */
export function keepingPlace(box: HTMLElement | null, change: () => void): void {
  const row = box ? firstVisible(box) : undefined;
  if (!box || !row) {
    change();
    return;
  }
  const top = row.getBoundingClientRect().top;
  // Some browsers move the box by themselves, but not from its very top; it must not be moved twice.
  box.style.overflowAnchor = "none";
  change();
  box.scrollTop += row.getBoundingClientRect().top - top;
  requestAnimationFrame(() => {
    box.style.overflowAnchor = "";
  });
}
