const GAP = 6;
const EDGE = 8;

/** Positions a panel of the top layer below its button, or above it if it does not fit. */
export function placePopover(
  panel: HTMLElement,
  trigger: HTMLElement,
  align: "start" | "end",
): void {
  const from = trigger.getBoundingClientRect();
  const left = align === "end" ? from.right - panel.offsetWidth : from.left;
  const below = from.bottom + GAP;
  const fits = below + panel.offsetHeight < innerHeight - EDGE;
  const top = fits ? below : Math.max(EDGE, from.top - GAP - panel.offsetHeight);
  panel.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - panel.offsetWidth - EDGE))}px`;
  panel.style.top = `${top}px`;
}
