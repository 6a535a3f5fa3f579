import { useCallback, useMemo } from "react";
import * as chat from "../../api/chat";
import type { Feedback, Persona } from "../../api/schemas";
import type { ConversationStore } from "../../state/useConversation";
import type { ReplySteps } from "./replySteps";

/** Returns the steps for the replies of a conversation. They stay the same while messages come. */
export function useReplyStepsOf(
  store: ConversationStore,
  personas: Record<string, Persona>,
  againWith: ReplySteps["againWith"],
  goOn: ReplySteps["goOn"],
): ReplySteps {
  const vote = useCallback(
    async (messageId: string, feedback: Feedback | null) => {
      const { sessionId } = store.get();
      if (!sessionId) return false;
      try {
        await chat.giveFeedback(sessionId, messageId, feedback);
      } catch {
        return false;
      }
      if (store.get().sessionId === sessionId)
        store.dispatch({ type: "voted", messageId, feedback });
      return true;
    },
    [store],
  );
  return useMemo(() => ({ personas, againWith, goOn, vote }), [personas, againWith, goOn, vote]);
}
