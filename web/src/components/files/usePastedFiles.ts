import { useEffect, useRef } from "react";
import { pastedFiles } from "../../lib/droppedFiles";
import { isOverlaid } from "../../lib/overlays";

/** Whether a paste belongs to a field other than the composer. */
const isElsewhere = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.matches("input, textarea, [contenteditable]") &&
  target.dataset.testid !== "composer";

/** Takes pictures and files that are pasted into the composer, or anywhere outside a field; none without a handler. */
export function usePastedFiles(onFiles: ((files: File[]) => void) | null): void {
  const handle = useRef(onFiles);
  handle.current = onFiles;
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      if (!handle.current || !event.clipboardData || isElsewhere(event.target) || isOverlaid())
        return;
      const files = pastedFiles(event.clipboardData);
      if (files.length === 0) return;
      event.preventDefault();
      handle.current(files);
    };
    window.addEventListener("paste", onPaste);
    return () => window.removeEventListener("paste", onPaste);
  }, []);
}
