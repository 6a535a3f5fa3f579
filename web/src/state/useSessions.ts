import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import * as chat from "../api/chat";
import { onTabMessage } from "./crossTab";
import { emptyList, reduceSessions, type SessionList } from "./sessionList";
import { usePolling } from "./usePolling";

const PAGE = 50;
/** Each page begins with the last row of the previous one, so that rows deleted between the two are noticed. */
const STEP = PAGE - 1;

export interface Sessions extends SessionList {
  refresh: () => void;
  loadMore: () => void;
  /** Shows the new title at once. If the server refuses it, shows the old one again and throws `Problem`. */
  rename: (sessionId: string, title: string) => Promise<void>;
}

/** The user's sessions, refreshed while the page is visible. */
export function useSessions(ready: boolean): Sessions {
  const [list, dispatch] = useReducer(reduceSessions, emptyList);
  const shown = useRef(list);
  shown.current = list;
  // A list requested before a rename would restore the old title.
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

  // Refreshes the first page each time, and the other loaded pages in turn.
  const refresh = useCallback(() => {
    read(0);
    const further = Math.ceil((shown.current.next - 1) / STEP) - 1;
    if (further > 0) read(STEP * (1 + (round.current++ % further)));
  }, [read]);
  const loadMore = useCallback(() => read(Math.max(0, shown.current.next - 1)), [read]);

  usePolling(refresh, ready);
  useEffect(() => onTabMessage(refresh), [refresh]);

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
