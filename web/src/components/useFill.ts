import { useCallback, useRef } from "react";
import { focusComposer } from "../lib/focus";
import type { WrittenText } from "../state/draftText";

/**
 * Returns a function that puts a suggestion into the composer, to be sent or changed. It takes the place of an
 * earlier suggestion, and comes after what the reader wrote.
 */
export function useFill(draft: WrittenText, write: (text: string) => void): (text: string) => void {
  const filled = useRef("");
  return useCallback(
    (text) => {
      const written = draft.get();
      const kept = written.trim() && written !== filled.current ? `${written.trimEnd()}\n` : "";
      if (!kept) filled.current = text;
      write(kept + text);
      focusComposer();
    },
    [draft, write],
  );
}
