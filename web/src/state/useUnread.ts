import { useEffect } from "react";
import type { Session } from "../api/schemas";
import { recall, remember } from "../lib/storage";
import { createStore, useSelected } from "./store";
import { nothingUnread, readUnread, reduceUnread, type Unread } from "./unread";
import { usePageVisible } from "./usePageVisible";

const STORED = "unread";
/** Milliseconds between reads of the list while the page is hidden and a reply runs. */
const HIDDEN_ROUND = 10_000;

const store = createStore(reduceUnread, readUnread(recall(STORED)));

store.subscribe(() => {
  const unread = store.get();
  const empty = unread.running.length + unread.ended.length === 0;
  remember(STORED, empty ? null : JSON.stringify(unread));
});
addEventListener("storage", ({ key }) => {
  if (key === `holdfast.${STORED}`)
    store.dispatch({ type: "stored", unread: readUnread(recall(STORED)) });
});

const count = ({ ended }: Unread) => ended.length;

export const useIsUnread = (sessionId: string) =>
  useSelected(store, ({ ended }) => ended.includes(sessionId));

export const useUnreadCount = () => useSelected(store, count);

export const useEnded = () => useSelected(store, ({ ended }) => ended);

export const forgetUnread = () => store.dispatch({ type: "stored", unread: nothingUnread });

interface Options {
  sessions: readonly Session[];
  currentId: string | null;
  refresh: () => void;
}

/** Marks the sessions whose reply ends while the reader does not see it. Reads the list while the page is hidden. */
export function useUnread({ sessions, currentId, refresh }: Options): void {
  const visible = usePageVisible();
  const viewed = visible ? currentId : null;
  const waiting = useSelected(store, ({ running }) => running.length > 0);

  useEffect(() => store.dispatch({ type: "listed", sessions, viewed }), [sessions, viewed]);
  useEffect(() => {
    if (viewed !== null) store.dispatch({ type: "viewed", sessionId: viewed });
  }, [viewed]);
  useEffect(() => {
    if (visible || !waiting) return;
    const timer = setInterval(refresh, HIDDEN_ROUND);
    return () => clearInterval(timer);
  }, [visible, waiting, refresh]);
}
