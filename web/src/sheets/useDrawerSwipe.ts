import { useEffect } from "react";
import { isOverlaid } from "../lib/overlays";
import { type Point, swipeOf } from "./swipe";

/** Matches pages where the list is a drawer. */
const NARROW = "(max-width: 859px)";
/** What a finger moves itself. */
const MOVED = ".scrolls, input, textarea, [contenteditable]";

const pointOf = ({ clientX, clientY }: Touch): Point => ({ x: clientX, y: clientY });

/** Opens the list of conversations by a swipe from the edge of a phone, and closes it by one back. */
export function useDrawerSwipe(isOpen: boolean, open: () => void, close: () => void): void {
  useEffect(() => {
    let from: Point | null = null;
    const onStart = ({ touches, target }: TouchEvent) => {
      const [first] = touches;
      const free = touches.length === 1 && !(target as Element).closest(MOVED) && !isOverlaid();
      from = first && free && matchMedia(NARROW).matches ? pointOf(first) : null;
    };
    const onEnd = ({ changedTouches }: TouchEvent) => {
      const [last] = changedTouches;
      const does = from && last ? swipeOf(from, pointOf(last), isOpen) : null;
      from = null;
      if (does === "open") open();
      if (does === "close") close();
    };
    const onCancel = () => {
      from = null;
    };
    document.addEventListener("touchstart", onStart, { passive: true });
    document.addEventListener("touchend", onEnd);
    document.addEventListener("touchcancel", onCancel);
    return () => {
      document.removeEventListener("touchstart", onStart);
      document.removeEventListener("touchend", onEnd);
      document.removeEventListener("touchcancel", onCancel);
    };
  }, [isOpen, open, close]);
}
