import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import * as chat from "../api/chat";
import { Problem } from "../api/http";
import type { Session } from "../api/types";
import { isDeleted, reduceDeletions, waitingOf } from "./deletions";
import { forgetDraft } from "./drafts";
import { dropSend } from "./outbox";

export const UNDO_TIME = 6_000;

export interface Deletions {
  /** Deleted, and still to be had back. */
  waiting: Session[];
  /** Whether a session was deleted here, so that no list or page shows it. */
  hides: (sessionId: string | null) => boolean;
  remove: (session: Session) => void;
  undo: () => void;
  /** Sends what waits at once, as leaving the page does. */
  commit: () => void;
  /** While held, for reading or reaching for the button, nothing is sent. */
  hold: (held: boolean) => void;
}

const isGone = (error: unknown) => error instanceof Problem && error.status === 404;

/** Deletes that can be undone: the server is told when the time to change one's mind is over, or the page is left. */
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
    // The notice goes away, and with it whoever was on it: nothing would tell that they have left.
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
