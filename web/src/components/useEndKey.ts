import { useEffect } from "react";
import { isOverlaid } from "../lib/overlays";

/** Whether a key belongs to a field with a text, or to an element that uses it. */
const isUsed = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  ((target.matches("input, textarea") && (target as HTMLInputElement).value !== "") ||
    target.closest("[role=menu], [role=listbox], .scrolls, [contenteditable]") !== null);

/** Goes to the end of the conversation at the End key, also from the empty composer. */
export function useEndKey(toBottom: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, shiftKey, target, defaultPrevented } = event;
      if (key !== "End" || ctrlKey || metaKey || altKey || shiftKey || defaultPrevented) return;
      if (isUsed(target) || isOverlaid()) return;
      event.preventDefault();
      toBottom();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [toBottom]);
}
