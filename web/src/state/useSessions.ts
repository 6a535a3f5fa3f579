import { useCallback, useEffect, useReducer } from "react";
import * as chat from "../api/chat";
import { emptyList, reduceSessions, type SessionList } from "./sessionList";
import { onTabNews } from "./tabs";

const PAGE = 50;
const RUNNING_POLL = 4_000;

export interface Sessions extends SessionList {
  refresh: () => void;
  loadMore: () => void;
  rename: (sessionId: string, title: string) => Promise<void>;
  remove: (sessionId: string) => Promise<void>;
}

export function useSessions(ready: boolean): Sessions {
  const [list, dispatch] = useReducer(reduceSessions, emptyList);
  const running = list.sessions.some(({ active_turn }) => active_turn !== null);

  const read = useCallback((offset: number) => {
    chat.listSessions(PAGE, offset).then(
      (page) => dispatch({ type: "page", page, offset }),
      () => dispatch({ type: "failed" }),
    );
  }, []);

  const refresh = useCallback(() => read(0), [read]);

  useEffect(() => {
    if (ready) refresh();
  }, [ready, refresh]);

  useEffect(() => {
    window.addEventListener("focus", refresh);
    window.addEventListener("online", refresh);
    const deafen = onTabNews(refresh);
    return () => {
      window.removeEventListener("focus", refresh);
      window.removeEventListener("online", refresh);
      deafen();
    };
  }, [refresh]);

  useEffect(() => {
    if (!running) return;
    const timer = setInterval(refresh, RUNNING_POLL);
    return () => clearInterval(timer);
  }, [running, refresh]);

  const rename = useCallback(async (sessionId: string, title: string) => {
    await chat.renameSession(sessionId, title);
    dispatch({ type: "renamed", sessionId, title });
  }, []);

  const remove = useCallback(async (sessionId: string) => {
    await chat.deleteSession(sessionId);
    dispatch({ type: "removed", sessionId });
  }, []);

  return { ...list, refresh, loadMore: () => read(list.sessions.length), rename, remove };
}
