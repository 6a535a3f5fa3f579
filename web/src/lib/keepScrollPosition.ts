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
