/** Pixels from the side at which the list is, within which a swipe that opens it begins. */
const EDGE = 32;
/** Pixels that a finger must go. */
const FAR = 56;
/** How much further it must go along than across. */
const STRAIGHT = 1.5;

export interface Point {
  x: number;
  y: number;
}

/** Returns what a finger's way from one point to another does to the list of conversations; null for nothing. */
export function swipeOf(from: Point, to: Point, isOpen: boolean): "open" | "close" | null {
  const [along, across] = [to.x - from.x, Math.abs(to.y - from.y)];
  if (Math.abs(along) < FAR || Math.abs(along) < STRAIGHT * across) return null;
  if (isOpen) return along < 0 ? "close" : null;
  return along > 0 && from.x <= EDGE ? "open" : null;
}
