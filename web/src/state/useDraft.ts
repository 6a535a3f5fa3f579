import { useCallback, useEffect, useRef, useState } from "react";
import { draftOf, joined, keepDraft, onReturnedText } from "./drafts";

export interface Draft {
  text: string;
  write: (text: string) => void;
  /** Restores a text that could not be sent, before text typed meanwhile. */
  restore: (text: string) => void;
}

/** The unsent text of a session, stored in the browser. */
export function useDraft(sessionId: string | null): Draft {
  const [text, setText] = useState(() => draftOf(sessionId));
  const session = useRef(sessionId);
  const current = useRef(text);

  const write = useCallback((next: string) => {
    current.current = next;
    setText(next);
    keepDraft(session.current, next);
  }, []);

  useEffect(() => {
    if (session.current === sessionId) return;
    session.current = sessionId;
    current.current = draftOf(sessionId);
    setText(current.current);
  }, [sessionId]);

  const restore = useCallback((lost: string) => write(joined(lost, current.current)), [write]);

  useEffect(
    () =>
      onReturnedText((id, lost) => {
        if (id !== session.current) return false;
        restore(lost);
        return true;
      }),
    [restore],
  );
  return { text, write, restore };
}
