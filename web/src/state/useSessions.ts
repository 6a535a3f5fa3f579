import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import * as chat from "../api/chat";
import { emptyList, reduceSessions, type SessionList } from "./sessionList";
import { onTabNews } from "./tabs";
import { usePatrol } from "./usePatrol";

const PAGE = 50;
/** Each page begins with the last row of the one before: a row of ours that lay between the two is seen to be gone. */
const STEP = PAGE - 1;

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

  const round = useRef(0);

  const read = useCallback((offset: number) => {
    const started = epoch.current;
    chat.listSessions(PAGE, offset).then(
      (page) => {
        if (started === epoch.current) dispatch({ type: "page", page, offset });
        else if (offset > 0) dispatch({ type: "failed", offset });
      },
      () => dispatch({ type: "failed", offset }),
    );
  }, []);

  // The first page each time, and one of those after it, so that all that is shown gets its turn.
  const refresh = useCallback(() => {
    read(0);
    const further = Math.ceil((shown.current.next - 1) / STEP) - 1;
    if (further > 0) read(STEP * (1 + (round.current++ % further)));
  }, [read]);
  const loadMore = useCallback(() => read(Math.max(0, shown.current.next - 1)), [read]);

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
