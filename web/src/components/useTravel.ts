import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import { movesLess } from "../lib/motion";
import type { ConversationStore } from "../state/useConversation";

/** The values of `--motion-calm` and `--ease-out`: an animation of the script takes no custom properties. */
const TRAVEL = { duration: 280, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };

/**
 * Lets the composer travel from the middle of an empty page to its place below the conversation, and not jump. The
 * place that it leaves is measured when the state changes, before the page shows the change.
 */
export function useTravel(
  store: ConversationStore,
  fresh: boolean,
): RefObject<HTMLDivElement | null> {
  const dock = useRef<HTMLDivElement>(null);
  const from = useRef<number | null>(null);
  useEffect(() => {
    if (!fresh) return;
    return store.subscribe(() => {
      const sending = store.get().before !== null;
      from.current = (sending && dock.current?.getBoundingClientRect().top) || null;
    });
  }, [store, fresh]);

  useLayoutEffect(() => {
    const box = dock.current;
    const before = from.current;
    from.current = null;
    if (fresh || !box || before === null || movesLess()) return;
    const way = before - box.getBoundingClientRect().top;
    if (way) box.animate([{ transform: `translateY(${way}px)` }, { transform: "none" }], TRAVEL);
  }, [fresh]);
  return dock;
}
