import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import * as chat from "../api/chat";
import { Problem } from "../api/http";
import type { Session } from "../api/schemas";
import { isDeleted, reduceDeletions, waitingOf } from "./deletions";
import { forgetDraft } from "./drafts";
import { dropSend } from "./outbox";

export const UNDO_TIME = 6_000;

export interface Deletions {
  /** Deletions that can still be undone. */
  waiting: Session[];
  /** Whether a session was deleted here and must not be shown. */
  hides: (sessionId: string | null) => boolean;
  remove: (session: Session) => void;
  undo: () => void;
  /** Sends waiting deletions at once, as leaving the page does. */
  commit: () => void;
  /** Pauses sending while the pointer or the focus is on the notice. */
  hold: (held: boolean) => void;
}

const isGone = (error: unknown) => error instanceof Problem && error.status === 404;

/** Deletes sessions with undo: sends a deletion after a delay, or when the page is left. */
export function useDeletions(onFailed: (session: Session) => void): Deletions {
  const [deletions, dispatch] = useReducer(reduceDeletions, []);
  const [held, hold] = useState(false);
  const waiting = useMemo(() => waitingOf(deletions), [deletions]);
  const latest = useRef({ waiting, onFailed });
  latest.current = { waiting, onFailed };

  const send = useCallback(async (session: Session) => {
    const sessionId = session.session_id;
    try {
      await chat.deleteSession(sessionId);
    } catch (error) {
      if (!isGone(error)) {
        dispatch({ type: "failed", sessionId });
        latest.current.onFailed(session);
        return;
      }
    }
    dispatch({ type: "gone", sessionId });
    forgetDraft(sessionId);
    dropSend(sessionId);
  }, []);

  const commit = useCallback(() => {
    const { waiting } = latest.current;
    // The notice disappears without a leave event, so holding ends here.
    hold(false);
    latest.current = { ...latest.current, waiting: [] };
    dispatch({ type: "asked" });
    for (const session of waiting) void send(session);
  }, [send]);

  useEffect(() => {
    if (waiting.length === 0 || held) return;
    const timer = setTimeout(commit, UNDO_TIME);
    return () => clearTimeout(timer);
  }, [waiting, held, commit]);

  useEffect(() => {
    window.addEventListener("pagehide", commit);
    return () => window.removeEventListener("pagehide", commit);
  }, [commit]);

  return useMemo(
    () => ({
      waiting,
      hides: (sessionId) => isDeleted(deletions, sessionId),
      remove: (session) => dispatch({ type: "removed", session }),
      undo: () => {
        hold(false);
        dispatch({ type: "undone" });
      },
      commit,
      hold,
    }),
    [waiting, deletions, commit],
  );
}
