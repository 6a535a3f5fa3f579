/** Pixels from the end within which the reader is at the end. */
export const NEAR = 48;

/** How a box that scrolls has moved. All in pixels. */
export interface Moved {
  top: number;
  topBefore: number;
  /** From the end of the text to the lower edge of the box; negative where there is space below it. */
  below: number;
  /** Whether the box's end is the end of the conversation. */
  isEnd: boolean;
}

/** Whether the end is followed after the reader has scrolled: only where that brought the reader to it. */
export function followsAfter(following: boolean, { top, topBefore, below, isEnd }: Moved): boolean {
  if (!isEnd) return false;
  // Growth never scrolls up, so a smaller scroll offset means that the reader scrolled.
  if (top < topBefore) return following && below <= 4;
  return following || (top > topBefore && below > -NEAR && below < NEAR);
}

/** Whether a scroll offset lies on the way of the page's own scrolling to `target`. */
export const isOnTheWay = (target: number, topBefore: number, top: number) =>
  Math.abs(top - target) < 1 ||
  (topBefore <= top && top < target) ||
  (target < top && top <= topBefore);

/**
 * Returns the scroll offset that brings a question to the top, below a gap. Of a long one the end is shown, in the upper
 * half.
 */
export function offsetOfQuestion(
  row: { top: number; height: number },
  boxHeight: number,
  gap: number,
): number {
  const whole = row.top - gap;
  const end = row.top + row.height - boxHeight / 2;
  return Math.max(0, Math.round(Math.max(whole, end)));
}
