import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { replaceInPlace } from "../lib/keepScrollPosition";

const NEAR = 48;

const distance = (box: HTMLElement) => box.scrollHeight - box.scrollTop - box.clientHeight;

export interface StickyBottom {
  box: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  away: boolean;
  toBottom: () => void;
  /** Runs a change after which another row has the place of `row`, and stays there. */
  replace: (row: Element | null, change: () => void, next: () => Element | null) => void;
  /** Stops following the bottom until the reader scrolls there. */
  letGo: () => void;
}

/**
 * Keeps a growing box scrolled to its bottom while the reader is at the bottom. `key` changes with the conversation.
 * `ends`: whether the box's bottom is the end of the conversation, so that it is followed.
 */
export function useStickyBottom(key: string, ends = true): StickyBottom {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const lastTop = useRef(0);
  /** The scroll offset set by `replace`: no reason to follow the bottom until the reader scrolls. */
  const placed = useRef<number | null>(null);
  const isEnd = useRef(ends);
  isEnd.current = ends;
  const [away, setAway] = useState(false);

  const toBottom = useCallback(() => {
    stuck.current = true;
    placed.current = null;
    if (content.current) content.current.style.minHeight = "";
    setAway(false);
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation begins anew
  useEffect(() => {
    placed.current = null;
    if (content.current) content.current.style.minHeight = "";
  }, [key]);

  const replace = useCallback<StickyBottom["replace"]>((row, change, next) => {
    if (!box.current || !content.current) return change();
    stuck.current = false;
    placed.current = replaceInPlace(
      { box: box.current, content: content.current },
      row,
      change,
      next,
    );
    setAway(distance(box.current) >= NEAR);
  }, []);

  const letGo = useCallback(() => {
    stuck.current = false;
    placed.current = null;
    if (box.current) setAway(!isEnd.current || distance(box.current) >= NEAR);
  }, []);

  useEffect(() => {
    const scroller = box.current;
    const inner = content.current;
    if (!scroller || !inner) return;
    const onScroll = () => {
      if (placed.current !== null && Math.abs(scroller.scrollTop - placed.current) < 1) {
        lastTop.current = scroller.scrollTop;
        return;
      }
      placed.current = null;
      // Growth never scrolls up, so a smaller scroll offset means that the reader scrolled.
      if (scroller.scrollTop < lastTop.current && distance(scroller) > 4) stuck.current = false;
      else if (distance(scroller) < NEAR) stuck.current = true;
      if (!isEnd.current) stuck.current = false;
      lastTop.current = scroller.scrollTop;
      setAway(!stuck.current);
      // The space that `replace` made below the last message goes as it is scrolled out of sight.
      if (inner.style.minHeight)
        inner.style.minHeight = `${scroller.scrollTop + scroller.clientHeight}px`;
    };
    const observer = new ResizeObserver(() => {
      if (stuck.current) scroller.scrollTop = scroller.scrollHeight;
      else setAway(!isEnd.current || distance(scroller) >= NEAR);
    });
    scroller.addEventListener("scroll", onScroll, { passive: true });
    observer.observe(inner);
    observer.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", onScroll);
      observer.disconnect();
    };
  }, []);

  return useMemo(
    () => ({ box, content, away, toBottom, replace, letGo }),
    [away, toBottom, replace, letGo],
  );
}
