import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import { replaceInPlace } from "../lib/keepScrollPosition";
import { isMoving } from "../live/motion";
import { followsAfter, isOnTheWay, NEAR, offsetOfQuestion } from "./following";
import { useDistinct } from "./useDistinct";

/** Pixels between the top of the box and a question that is brought there. */
const GAP = 16;

const distance = (box: HTMLElement) => box.scrollHeight - box.scrollTop - box.clientHeight;

/** The height that the page has given to the content, in pixels; 0 if none. */
const spaceOf = (content: HTMLElement) => Number.parseFloat(content.style.minHeight) || 0;

/** Pixels of text below the visible part of the box; negative where there is space below the text. */
function textBelow(box: HTMLElement, content: HTMLElement): number {
  const last = content.style.minHeight && content.querySelector(".log")?.lastElementChild;
  if (!last) return distance(box);
  return last.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom;
}

export interface StickyBottom {
  box: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** Whether the end is out of sight. */
  away: boolean;
  /** Whether text has come below what is visible. */
  news: boolean;
  /** Goes to the start without space below the text, and follows the end: for another conversation. */
  reset: () => void;
  /** Scrolls to the end, and follows it. */
  toBottom: () => void;
  /** Brings the last question to the top, with space for its reply below. */
  toQuestion: () => void;
  /** Runs a change after which another row has the place of `row`, and stays there. */
  replace: (row: Element | null, change: () => void, next: () => Element | null) => void;
  /** Stops following the end until the reader scrolls there. */
  letGo: () => void;
  /** Scrolls to an offset, with space below where the text ends before it, and stays there. */
  stayAt: (top: number, behavior?: "smooth" | "instant") => void;
  isFollowing: () => boolean;
  /** Returns the pixels that the page is still scrolling by itself. */
  toGo: () => number;
}

/**
 * Keeps the place in a growing box: where the reader is, or its end if the reader has gone there. `ends`: whether the
 * box's bottom is the end of the conversation, so that it may be followed. `live`: whether a reply is being written; only
 * then is growth new text, otherwise it is a diagram or a formula that was drawn late.
 */
export function useStickyBottom(ends = true, live = true): StickyBottom {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const lastTop = useRef(0);
  /** The scroll offset that the page has set: no reason to follow the end until the reader scrolls. */
  const placed = useRef<number | null>(null);
  const isEnd = useRef(ends);
  isEnd.current = ends;
  const isLive = useRef(live);
  isLive.current = live;
  const [away, setAway] = useDistinct(false);
  const [news, setNews] = useDistinct(false);

  const look = useCallback(() => {
    if (!box.current || !content.current) return;
    const below = following.current ? 0 : textBelow(box.current, content.current);
    const isAway = !isEnd.current || below >= NEAR;
    setAway(isAway);
    if (!isAway) setNews(false);
  }, [setAway, setNews]);

  const follow = useCallback(
    (top: number) => {
      following.current = true;
      placed.current = null;
      if (content.current) content.current.style.minHeight = "";
      setAway(false);
      setNews(false);
      box.current?.scrollTo({ top });
    },
    [setAway, setNews],
  );
  const reset = useCallback(() => follow(0), [follow]);
  const toBottom = useCallback(() => follow(box.current?.scrollHeight ?? 0), [follow]);

  const stayAt = useCallback<StickyBottom["stayAt"]>(
    (top, behavior = "instant") => {
      if (!box.current || !content.current) return;
      following.current = false;
      content.current.style.minHeight = `${top + box.current.clientHeight}px`;
      lastTop.current = box.current.scrollTop;
      placed.current = top;
      box.current.scrollTo({ top, behavior });
      look();
    },
    [look],
  );

  const toQuestion = useCallback(() => {
    const row = [...(content.current?.querySelectorAll<HTMLElement>(".question") ?? [])].at(-1);
    if (!box.current || !row) return;
    const height = row.offsetHeight;
    const top = row.getBoundingClientRect().top - box.current.getBoundingClientRect().top;
    const at = { top: top + box.current.scrollTop, height };
    const offset = offsetOfQuestion(at, box.current.clientHeight, GAP);
    stayAt(offset, isMoving() ? "smooth" : "instant");
  }, [stayAt]);

  const replace = useCallback<StickyBottom["replace"]>(
    (row, change, next) => {
      if (!box.current || !content.current) return change();
      following.current = false;
      placed.current = replaceInPlace(
        { box: box.current, content: content.current },
        row,
        change,
        next,
      );
      look();
    },
    [look],
  );

  const letGo = useCallback(() => {
    following.current = false;
    placed.current = null;
    look();
  }, [look]);

  useEffect(() => {
    const scroller = box.current;
    const inner = content.current;
    if (!scroller || !inner) return;
    const onScroll = () => {
      const { scrollTop: top } = scroller;
      const topBefore = lastTop.current;
      lastTop.current = top;
      if (placed.current !== null && isOnTheWay(placed.current, topBefore, top)) return look();
      placed.current = null;
      following.current = followsAfter(following.current, {
        top,
        topBefore,
        below: distance(scroller) < NEAR ? textBelow(scroller, inner) : distance(scroller),
        isEnd: isEnd.current,
      });
      look();
      // The space below the last message goes as it is scrolled out of sight.
      const space = spaceOf(inner);
      if (space > 0) inner.style.minHeight = `${Math.min(space, top + scroller.clientHeight)}px`;
    };
    let height = scroller.scrollHeight;
    let shown = scroller.clientHeight;
    // The space ends at the lower edge of the box, also when a bar above the composer comes or goes.
    const fitSpace = () => {
      const top = placed.current ?? lastTop.current;
      inner.style.minHeight = `${top + scroller.clientHeight}px`;
      const wasThere = Math.abs(lastTop.current - top) < 1;
      if (wasThere && scroller.scrollTop < top) scroller.scrollTop = top;
    };
    const observer = new ResizeObserver(() => {
      // The text has filled the space: it must not stay if the text becomes shorter.
      if (scroller.scrollHeight > Math.max(spaceOf(inner), scroller.clientHeight) + 1)
        inner.style.minHeight = "";
      if (spaceOf(inner) > 0 && scroller.clientHeight !== shown) fitSpace();
      shown = scroller.clientHeight;
      const has = scroller.scrollHeight;
      if (following.current) scroller.scrollTop = has;
      else if (isLive.current && has > height && textBelow(scroller, inner) >= NEAR) setNews(true);
      height = has;
      look();
    });
    scroller.addEventListener("scroll", onScroll, { passive: true });
    observer.observe(inner);
    observer.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", onScroll);
      observer.disconnect();
    };
  }, [look, setNews]);

  const isFollowing = useCallback(() => following.current, []);
  const toGo = useCallback(() => {
    if (!box.current || placed.current === null) return 0;
    return placed.current - box.current.scrollTop;
  }, []);
  return useMemo(
    () => ({
      ...{ box, content, away, news, isFollowing, toGo },
      ...{ reset, toBottom, toQuestion, replace, letGo, stayAt },
    }),
    [away, news, isFollowing, toGo, reset, toBottom, toQuestion, replace, letGo, stayAt],
  );
}
