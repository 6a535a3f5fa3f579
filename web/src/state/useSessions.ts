import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import * as chat from "../api/chat";
import { emptyList, reduceSessions, type SessionList } from "./sessionList";
import { onTabNews } from "./tabs";
import { usePatrol } from "./usePatrol";

const PAGE = 50;

export interface Sessions extends SessionList {
  refresh: () => void;
  loadMore: () => void;
  /** Shows the new title at once. Throws `Problem`, with the old one shown again, where the server refuses. */
  rename: (sessionId: string, title: string) => Promise<void>;
}

/** The user's sessions, kept fresh while the page can be seen. */
export function useSessions(ready: boolean): Sessions {
  const [list, dispatch] = useReducer(reduceSessions, emptyList);
  const shown = useRef(list);
  shown.current = list;
  // A list that was asked for before a rename would bring the old title back.
  const epoch = useRef(0);

  const read = useCallback((offset: number) => {
    const started = epoch.current;
    chat.listSessions(PAGE, offset).then(
      (page) => {
        if (offset > 0 || started === epoch.current) dispatch({ type: "page", page, offset });
      },
      () => dispatch({ type: "failed" }),
    );
  }, []);

  const refresh = useCallback(() => read(0), [read]);
  const loadMore = useCallback(() => read(shown.current.sessions.length), [read]);

  usePatrol(refresh, ready);
  useEffect(() => onTabNews(refresh), [refresh]);

  const rename = useCallback(async (sessionId: string, title: string) => {
    const before = shown.current.sessions.find((one) => one.session_id === sessionId)?.title;
    epoch.current += 1;
    dispatch({ type: "renamed", sessionId, title });
    try {
      await chat.renameSession(sessionId, title);
    } catch (error) {
      dispatch({ type: "renamed", sessionId, title: before ?? "" });
      throw error;
    } finally {
      epoch.current += 1;
    }
  }, []);

  return useMemo(() => ({ ...list, refresh, loadMore, rename }), [list, refresh, loadMore, rename]);
}
