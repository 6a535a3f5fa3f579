import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import * as chat from "../api/chat";
import type { Session, SessionPage } from "../api/schemas";
import { connection, lineOf } from "./connection";
import { onTabMessage } from "./crossTab";
import { keepKnown, recallKnown } from "./lastKnown";
import { ALL_SHOWN, sameView, type View } from "./marks";
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
  /** Shows sessions with other marks at once, and lets no earlier answer undo that. */
  showMarks: (sessions: readonly Session[]) => void;
}

/** The list as this tab has read it last, until the server has answered. */
function knownList(): SessionList {
  const page = recallKnown<SessionPage>("sessions", "");
  return page ? reduceSessions(emptyList, { type: "page", page, offset: 0 }) : emptyList;
}

/** The user's sessions, refreshed while the page is visible. */
export function useSessions(ready: boolean, view: View = ALL_SHOWN): Sessions {
  const [list, dispatch] = useReducer(reduceSessions, null, knownList);
  const shown = useRef(list);
  shown.current = list;
  // A list requested before a rename would restore the old title.
  const epoch = useRef(0);

  const round = useRef(0);
  const wanted = useRef(view);

  const read = useCallback((offset: number) => {
    const started = epoch.current;
    return chat.listSessions(PAGE, offset, wanted.current).then(
      (page) => {
        if (started === epoch.current) dispatch({ type: "page", page, offset });
        else if (offset > 0) dispatch({ type: "failed", offset });
        if (offset === 0) keepKnown("sessions", "", page);
      },
      () => dispatch({ type: "failed", offset }),
    );
  }, []);
  const reading = useRef(false);

  // Refreshes the first page each time, and the other loaded pages in turn.
  const refresh = useCallback(() => {
    // Where the server does not answer, requests must not pile up: browsers open few connections to a host.
    if (reading.current && lineOf(connection.get()) !== "live") return;
    reading.current = true;
    void read(0).finally(() => {
      reading.current = false;
    });
    const further = Math.ceil((shown.current.next - 1) / STEP) - 1;
    if (further > 0) void read(STEP * (1 + (round.current++ % further)));
  }, [read]);
  const loadMore = useCallback(() => void read(Math.max(0, shown.current.next - 1)), [read]);

  const { archived, tag } = view;
  useEffect(() => {
    if (sameView(wanted.current, { archived, tag })) return;
    wanted.current = { archived, tag };
    epoch.current += 1;
    dispatch({ type: "left" });
    if (ready) read(0);
  }, [archived, tag, ready, read]);

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

  const showMarks = useCallback((sessions: readonly Session[]) => {
    epoch.current += 1;
    dispatch({ type: "marked", sessions, view: wanted.current });
  }, []);

  return useMemo(
    () => ({ ...list, refresh, loadMore, rename, showMarks }),
    [list, refresh, loadMore, rename, showMarks],
  );
}
