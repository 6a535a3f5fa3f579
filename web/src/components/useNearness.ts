import { type RefObject, useLayoutEffect, useRef, useState } from "react";

const CHANGE = "contentvisibilityautostatechange";

/** Events of a row that the reader has come to. */
const COMING = ["focusin", "pointerover"] as const;

/**
 * Whether this browser says when a row with `content-visibility` comes near, and keeps the reader's place by itself: where
 * it does not, what is drawn late could move the text, and the style sheet lets no row be skipped.
 */
const canWait = () =>
  `on${CHANGE}` in document.documentElement && CSS.supports("overflow-anchor", "auto");

/**
 * Whether the row of an element is near what is visible, or has been: the browser lays it out, or the reader has come to
 * it, which a browser that is busy knows earlier. Without `late` it counts as near at once. A long conversation has most of its rows far away.
 */
export function useNearness<T extends Element>(late: boolean): [RefObject<T | null>, boolean] {
  const element = useRef<T>(null);
  const [near, setNear] = useState(() => !late || !canWait());

  useLayoutEffect(() => {
    const row = element.current?.closest("article");
    if (near || !row) return;
    const onCome = () => setNear(true);
    const onChange = (event: Event) => {
      if (!(event as Event & { skipped: boolean }).skipped) onCome();
    };
    if (row.contains(document.activeElement)) return onCome();
    row.addEventListener(CHANGE, onChange);
    for (const type of COMING) row.addEventListener(type, onCome);
    return () => {
      row.removeEventListener(CHANGE, onChange);
      for (const type of COMING) row.removeEventListener(type, onCome);
    };
  }, [near]);

  return [element, near];
}
