import { useEffect } from "react";
import { isOverlaid } from "../lib/overlays";

const FIELDS = "input, textarea, select, [contenteditable]";
const COMPOSER = "[data-testid=composer]";

type Keystroke = Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "isComposing">;

/** Whether a key writes a character. Space scrolls and presses buttons, and a question mark lists the shortcuts. */
export function writes({ key, altKey, ctrlKey, metaKey, isComposing }: Keystroke): boolean {
  if (altKey || ctrlKey || metaKey || isComposing) return false;
  return key === "Process" || ([...key].length === 1 && !" ?？".includes(key));
}

const isField = (target: EventTarget | null) => target instanceof Element && target.matches(FIELDS);

/** Opens the editor of the question that was asked last, as other applications do. */
function editLast(): boolean {
  const buttons = document.querySelectorAll<HTMLElement>("[data-testid=log] [data-testid=edit]");
  const last = [...buttons].at(-1);
  last?.click();
  return last !== undefined;
}

/** A character that is typed outside of all fields goes to the composer; Up in the empty composer edits the last question. */
export function useTypeAnywhere(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.defaultPrevented) return;
      // The page is searched last: with each key that is written it would cost more than the key.
      if (target instanceof HTMLTextAreaElement && target.matches(COMPOSER)) {
        const plain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
        const goes = event.key === "ArrowUp" && plain && !event.isComposing;
        if (goes && target.value === "" && !isOverlaid() && editLast()) event.preventDefault();
        return;
      }
      if (isField(target) || !writes(event) || isOverlaid()) return;
      // The browser writes the character into the field that has the focus after this.
      document.querySelector<HTMLTextAreaElement>(COMPOSER)?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [on]);
}
