import { useEffect } from "react";
import { isOverlaid } from "../lib/overlays";
import type { StickyBottom } from "../state/useStickyBottom";

/** The part of the page that a page key scrolls by. */
const PAGE = 0.9;

type Move = "end" | "start" | "down" | "up";
const MOVES: Record<string, Move> = { End: "end", Home: "start", PageDown: "down", PageUp: "up" };

const FIELDS = "input, textarea, select";
const OWN_KEYS = "[role=menu], [role=listbox], .scrolls, [contenteditable], .sidebar";

/** Whether a key moves the caret of a field, or belongs to an element that uses it. */
export function isUsed(target: EventTarget | null, move: Move): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (!target.matches(FIELDS)) return target.closest(OWN_KEYS) !== null;
  if (!(target instanceof HTMLTextAreaElement)) return true;
  const { selectionStart, selectionEnd, value } = target;
  if (selectionStart !== selectionEnd) return true;
  return move === "end" || move === "down" ? selectionEnd < value.length : selectionStart > 0;
}

/** Scrolls the conversation by PageUp, PageDown, Home and End, also from a field whose caret cannot move further. */
export function useScrollKeys({ box, toBottom, letGo }: StickyBottom): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, shiftKey, target, defaultPrevented } = event;
      const move = MOVES[key];
      if (!move || ctrlKey || metaKey || altKey || shiftKey || defaultPrevented) return;
      if (isUsed(target, move) || isOverlaid()) return;
      event.preventDefault();
      if (move === "end") return toBottom();
      // An empty page scrolls as a whole.
      const pane = box.current?.closest<HTMLElement>(".fresh") ?? box.current;
      if (!pane) return;
      letGo();
      if (move === "start") pane.scrollTo({ top: 0 });
      else pane.scrollBy({ top: (move === "down" ? PAGE : -PAGE) * pane.clientHeight });
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [box, toBottom, letGo]);
}
