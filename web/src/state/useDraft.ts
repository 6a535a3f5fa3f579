import { useCallback, useEffect, useRef, useState } from "react";
import { recall, remember } from "../lib/storage";

const name = (sessionId: string | null) => `draft.${sessionId ?? "new"}`;

export const draftOf = (sessionId: string | null) => recall(name(sessionId)) ?? "";

export const keepDraft = (sessionId: string | null, text: string) =>
  remember(name(sessionId), text);

export interface Draft {
  text: string;
  write: (text: string) => void;
  /** Puts a text that could not be sent back, before whatever was typed meanwhile. */
  restore: (text: string) => void;
}

/** The unsent text of a session; it outlives the page. */
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

  const restore = useCallback(
    (lost: string) => write(current.current ? `${lost}\n${current.current}` : lost),
    [write],
  );
  return { text, write, restore };
}
