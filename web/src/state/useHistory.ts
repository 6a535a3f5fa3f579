import { type Dispatch, type RefObject, useCallback, useEffect } from "react";
import * as chat from "../api/chat";
import { faultOf, Problem } from "../api/http";
import type { Action, Conversation } from "./conversation";
import { onTabNews } from "./tabs";

/**
 * Reads the stored history. `epoch` counts what outdates a reading in flight (a send, another session,
 * a clear): a reading that began before the newest of them is dropped.
 */
export function useHistory(
  shown: RefObject<Conversation>,
  epoch: RefObject<number>,
  dispatch: Dispatch<Action>,
): () => Promise<void> {
  const reload = useCallback(async () => {
    const { sessionId, before } = shown.current;
    const started = epoch.current;
    if (!sessionId || before) return;
    try {
      const history = await chat.readHistory(sessionId);
      if (started === epoch.current) dispatch({ type: "history", history });
    } catch (error) {
      if (started !== epoch.current) return;
      const gone = error instanceof Problem && error.status === 404;
      if (shown.current.load === "ready" && !gone) throw error;
      dispatch({ type: "loadFailed", fault: faultOf(error) });
    }
  }, [shown, epoch, dispatch]);

  useEffect(() => {
    const refresh = () => void reload().catch(() => undefined);
    const deafen = onTabNews((id) => id === shown.current.sessionId && refresh());
    window.addEventListener("focus", refresh);
    window.addEventListener("online", refresh);
    return () => {
      deafen();
      window.removeEventListener("focus", refresh);
      window.removeEventListener("online", refresh);
    };
  }, [reload, shown]);

  return reload;
}
