import { useEffect, useRef } from "react";
import { isPartly } from "./entries";
import { dropSend, hasArrived, isInFlight, type KeptSend, unanswered } from "./outbox";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";
import type { Draft } from "./useDraft";
import type { Edited } from "./useEditing";

const contentOf = ({ text, files = [] }: KeptSend) => ({ text, files });

/**
 * Resolves sends whose answer is unknown because the network failed or the page was closed. The history shows
 * whether the message arrived. If so, it is removed from the composer; if not, it returns to the composer or, if
 * it was edited, to its editor.
 */
export function useUnanswered(
  store: ConversationStore,
  { text, files, restore, discard }: Draft,
  edit: (edited: Edited) => void,
): void {
  const sessionId = useSelected(store, (state) => state.sessionId);
  const load = useSelected(store, (state) => state.load);
  const messages = useSelected(store, (state) => state.messages);
  const earlier = useSelected(store, (state) => state.earlier);
  const before = useSelected(store, (state) => state.before);
  const waiting = useSelected(store, (state) => state.waiting.questions);
  const partly = useSelected(store, isPartly);
  const opening = useRef<string | null>(null);

  useEffect(() => {
    if (load !== "fresh" || before || isInFlight(null)) return;
    const kept = unanswered(null);
    dropSend(null);
    if (kept) restore(kept.text, kept.files);
  }, [load, before, restore]);

  useEffect(() => {
    if (load === "loading") opening.current = sessionId;
    if (load !== "ready" || before || !sessionId || isInFlight(sessionId)) return;
    if (partly) return;
    const justOpened = opening.current === sessionId;
    opening.current = null;
    const kept = unanswered(sessionId);
    if (!kept) return;
    if (hasArrived(kept, messages, earlier, waiting)) {
      dropSend(sessionId);
      discard(contentOf(kept));
    } else if (!justOpened) return;
    else if (messages.some(({ id }) => id === kept.replaceFrom))
      edit({ id: kept.replaceFrom as string, ...contentOf(kept) });
    else if (text.get() === "" && files.length === 0) restore(kept.text, kept.files);
  }, [
    sessionId,
    load,
    messages,
    earlier,
    waiting,
    before,
    partly,
    text,
    files,
    restore,
    discard,
    edit,
  ]);
}
