import { useEffect } from "react";
import { readTurn } from "../api/chat";
import type { Conversation } from "./conversation";
import { isPartly } from "./entries";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";

/** After a reload, asks the server how the last turn ended if the history has no complete reply to it. */
export function useMissingReply(store: ConversationStore): void {
  const { dispatch } = store;
  const turnId = useSelected(store, missingTurn);
  useEffect(() => {
    if (!turnId) return;
    let wanted = true;
    readTurn(turnId)
      .then((turn) => {
        if (!wanted) return;
        if (turn.state === "cancelled")
          dispatch({ type: "outcome", turnId, outcome: { state: "stopped" } });
        if (turn.error)
          dispatch({ type: "outcome", turnId, outcome: { state: "failed", fault: turn.error } });
      })
      .catch(() => undefined);
    return () => {
      wanted = false;
    };
  }, [turnId, dispatch]);
}

function missingTurn(state: Conversation): string | null {
  const { messages, reply, before, outcomes } = state;
  if (isPartly(state)) return null;
  const last = messages.at(-1);
  if (reply || before || !last?.turn_id || outcomes[last.turn_id]) return null;
  const missing = last.role === "user" || last.finish_reason === "error";
  return missing ? last.turn_id : null;
}
