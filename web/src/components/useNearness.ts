import { type RefObject, useEffect, useRef, useState } from "react";

/** How far from what is visible a row counts as near: as far as one screen. */
const MARGIN = "100% 0px";

/** Where the browser does not keep the reader's place by itself, what is drawn late could move the text. */
const canWait = () =>
  typeof IntersectionObserver === "function" && CSS.supports("overflow-anchor", "auto");

const observers = new WeakMap<Element, IntersectionObserver>();
const waiting = new WeakMap<Element, () => void>();

/** One observer for all rows of a box that scrolls. */
function observerOf(box: Element): IntersectionObserver {
  const known = observers.get(box);
  if (known) return known;
  const observer = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) if (isIntersecting) waiting.get(target)?.();
    },
    { root: box, rootMargin: MARGIN },
  );
  observers.set(box, observer);
  return observer;
}

/**
 * Whether the row of an element is near what is visible, or has been. Without `late` it counts as near at once. A long
 * conversation has most of its rows far away.
 */
export function useNearness<T extends Element>(late: boolean): [RefObject<T | null>, boolean] {
  const element = useRef<T>(null);
  const [near, setNear] = useState(() => !late || !canWait());

  useEffect(() => {
    if (near) return;
    const row = element.current?.closest("article");
    const box = row?.closest(".scroller");
    if (!row || !box) return setNear(true);
    const observer = observerOf(box);
    waiting.set(row, () => setNear(true));
    observer.observe(row);
    return () => observer.unobserve(row);
  }, [near]);

  return [element, near];
}
