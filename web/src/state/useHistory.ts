import { type RefObject, useCallback, useEffect } from "react";
import * as chat from "../api/chat";
import { faultOf, Problem } from "../api/http";
import type { Message } from "../api/schemas";
import { loadTools } from "../components/tools/LazyTools";
import { loadMarkdown } from "../markdown/LazyMarkdown";
import { ALL, onTabMessage } from "./crossTab";
import { isPartly } from "./entries";
import { forgetKnown, keepKnown } from "./lastKnown";
import { readBranch } from "./readBranch";
import type { ConversationStore } from "./useConversation";

/**
 * Reads until no change of the waiting questions was answered meanwhile, which the history may not contain. Without
 * `messages`, which the page has, only the newest message is read.
 */
async function readCurrent(
  store: ConversationStore,
  sessionId: string,
  messages: Message[] | null,
) {
  for (;;) {
    const { revision } = store.get().waiting;
    const history = await (messages
      ? readBranch(sessionId, messages)
      : chat.readHistory(sessionId, undefined, 1));
    const state = store.get();
    if (state.sessionId !== sessionId || state.waiting.revision === revision) return history;
  }
}

/**
 * Reads the stored history. `epoch` counts events that outdate a running request (a send, another session,
 * a clear); results of outdated requests are dropped.
 */
export function useHistory(
  store: ConversationStore,
  epoch: RefObject<number>,
): () => Promise<void> {
  const reload = useCallback(async () => {
    const { sessionId, before, messages, load } = store.get();
    const started = epoch.current;
    if (!sessionId || before) return;
    try {
      const partly = load === "ready" && isPartly(store.get());
      const [history] = await Promise.all([
        readCurrent(store, sessionId, partly ? null : messages),
        loadMarkdown(), // so that no text is drawn twice
      ]);
      if (history.messages.some(({ steps }) => steps)) await loadTools();
      if (started !== epoch.current) return;
      store.dispatch({ type: partly ? "news" : "history", history });
      if (!partly) keepKnown("history", sessionId, history);
    } catch (error) {
      if (started !== epoch.current) return;
      const gone = error instanceof Problem && error.status === 404;
      if (store.get().load === "ready" && !gone) throw error;
      if (gone) forgetKnown("history");
      store.dispatch({ type: "loadFailed", fault: faultOf(error) });
    }
  }, [store, epoch]);

  useEffect(() => {
    const refresh = () => void reload().catch(() => undefined);
    const unsubscribe = onTabMessage(
      (id) => (id === ALL || id === store.get().sessionId) && refresh(),
    );
    window.addEventListener("focus", refresh);
    window.addEventListener("online", refresh);
    window.addEventListener("pageshow", refresh);
    return () => {
      unsubscribe();
      window.removeEventListener("focus", refresh);
      window.removeEventListener("online", refresh);
      window.removeEventListener("pageshow", refresh);
    };
  }, [reload, store]);

  return reload;
}
