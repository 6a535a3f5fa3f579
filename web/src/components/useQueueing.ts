import { useCallback } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusBack } from "../lib/focus";
import type { Content } from "../state/drafts";
import { isReplying } from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import type { Draft } from "../state/useDraft";
import { isAdding } from "../state/waiting";
import type { NextQuestion } from "./useNextQuestion";

export interface Queueing {
  /** Whether a question that is sent now would wait. */
  replying: boolean;
  /** Whether one is on its way, so that a further one cannot be sent yet. */
  adding: boolean;
  /** Sends a question that waits until the running reply has ended. A refused one returns to the draft. */
  queue: (content: Content) => Promise<void>;
}

export function useQueueing(
  { store, waiting }: Pick<ConversationControls, "store" | "waiting">,
  { restore }: Pick<Draft, "restore">,
  next: Pick<NextQuestion, "expect">,
  postpone: (content: Content) => boolean,
): Queueing {
  const { t } = useI18n();
  const replying = useSelected(store, isReplying);
  const adding = useSelected(store, (state) => isAdding(state.waiting));

  const queue = useCallback(
    async (content: Content) => {
      focusBack();
      const added = await waiting.add(content);
      if (added === "refused" && !postpone(content)) restore(content.text, content.files);
      if (added === "waits") announce(t.waiting.announced(store.get().waiting.questions.length));
      if (added === "asked") {
        next.expect();
        announce(t.waiting.asked);
      }
    },
    [store, waiting, restore, postpone, next, t],
  );
  return { replying, adding, queue };
}
