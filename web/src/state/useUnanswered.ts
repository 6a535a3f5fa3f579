import { useEffect, useRef } from "react";
import { dropSend, hasArrived, isUnderWay, unanswered } from "./outbox";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";
import type { Draft } from "./useDraft";
import type { Edited } from "./useEditing";

/**
 * A send may be cut off before its answer: by the network, or by closing the page. Once history is read it
 * shows whether the message had arrived; if so the composer lets go of it, if not the reader gets it back,
 * an edited one in its editor.
 */
export function useUnanswered(
  store: ConversationStore,
  { text, write, restore }: Draft,
  edit: (edited: Edited) => void,
): void {
  const sessionId = useSelected(store, (state) => state.sessionId);
  const load = useSelected(store, (state) => state.load);
  const messages = useSelected(store, (state) => state.messages);
  const earlier = useSelected(store, (state) => state.earlier);
  const before = useSelected(store, (state) => state.before);
  const opening = useRef<string | null>(null);

  useEffect(() => {
    if (load !== "fresh" || before || isUnderWay(null)) return;
    const kept = unanswered(null);
    dropSend(null);
    if (kept) restore(kept.text);
  }, [load, before, restore]);

  useEffect(() => {
    if (load === "loading") opening.current = sessionId;
    if (load !== "ready" || before || !sessionId || isUnderWay(sessionId)) return;
    const justOpened = opening.current === sessionId;
    opening.current = null;
    const kept = unanswered(sessionId);
    if (!kept) return;
    if (hasArrived(kept, messages, earlier)) {
      dropSend(sessionId);
      if (text === kept.text) write("");
    } else if (!justOpened) return;
    else if (messages.some(({ id }) => id === kept.replaceFrom))
      edit({ id: kept.replaceFrom as string, text: kept.text });
    else if (text === "") write(kept.text);
  }, [sessionId, load, messages, earlier, before, text, write, edit]);
}
