import { type RefObject, useEffect } from "react";
import { useDistinct } from "../state/useDistinct";

const touches = (element: Element | null): boolean => {
  const selection = document.getSelection();
  if (!element || !selection || selection.isCollapsed) return false;
  for (let index = 0; index < selection.rangeCount; index += 1)
    if (selection.getRangeAt(index).intersectsNode(element)) return true;
  return false;
};

/**
 * Whether the reader selects something in the element that was the root's last child when the selection reached it: the
 * only one that a growing text changes. A change of it would end the selection.
 */
export function useHeldEnd(root: RefObject<Element | null>, growing: boolean): boolean {
  const [held, setHeld] = useDistinct<Element | null>(null);
  const active = growing || held !== null;

  useEffect(() => {
    if (!active) return;
    const check = () => {
      const end = held?.isConnected === false ? null : (held ?? root.current?.lastElementChild);
      setHeld(end && touches(end) ? end : null);
    };
    document.addEventListener("selectionchange", check);
    return () => document.removeEventListener("selectionchange", check);
  }, [root, active, held, setHeld]);

  return held !== null;
}
