import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";

const NEAR = 48;

const distance = (box: HTMLElement) => box.scrollHeight - box.scrollTop - box.clientHeight;

export interface StickyBottom {
  box: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  away: boolean;
  toBottom: () => void;
}

/** Keeps a growing box scrolled to its bottom while the reader is at the bottom. */
export function useStickyBottom(): StickyBottom {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);

  const toBottom = useCallback(() => {
    stuck.current = true;
    setAway(false);
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, []);

  useEffect(() => {
    const scroller = box.current;
    const inner = content.current;
    if (!scroller || !inner) return;
    const onScroll = () => {
      // Growth never scrolls up, so a smaller scroll offset means that the reader scrolled.
      if (scroller.scrollTop < lastTop.current && distance(scroller) > 4) stuck.current = false;
      else if (distance(scroller) < NEAR) stuck.current = true;
      lastTop.current = scroller.scrollTop;
      setAway(!stuck.current);
    };
    const observer = new ResizeObserver(() => {
      if (stuck.current) scroller.scrollTop = scroller.scrollHeight;
      else setAway(distance(scroller) >= NEAR);
    });
    scroller.addEventListener("scroll", onScroll, { passive: true });
    observer.observe(inner);
    observer.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", onScroll);
      observer.disconnect();
    };
  }, []);

  return useMemo(() => ({ box, content, away, toBottom }), [away, toBottom]);
}
