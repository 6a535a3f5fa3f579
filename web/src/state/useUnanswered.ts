import { useEffect, useRef } from "react";
import { dropSend, hasArrived, unanswered } from "./outbox";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";
import type { Draft } from "./useDraft";

/**
 * A send may be cut off before its answer: by the network, or by closing the page. Once history is read it
 * shows whether the message had arrived; if so the composer lets go of it, if not the composer gets it back.
 */
export function useUnanswered(store: ConversationStore, { text, write }: Draft): void {
  const sessionId = useSelected(store, (state) => state.sessionId);
  const load = useSelected(store, (state) => state.load);
  const messages = useSelected(store, (state) => state.messages);
  const before = useSelected(store, (state) => state.before);
  const opening = useRef<string | null>(null);

  useEffect(() => {
    if (load === "loading") opening.current = sessionId;
    if (load !== "ready" || before || !sessionId) return;
    const justOpened = opening.current === sessionId;
    opening.current = null;
    const kept = unanswered(sessionId);
    if (!kept) return;
    if (hasArrived(kept, messages)) {
      dropSend(sessionId);
      if (text === kept.text) write("");
    } else if (justOpened && text === "") write(kept.text);
  }, [sessionId, load, messages, before, text, write]);
}
