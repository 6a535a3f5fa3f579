import { useEffect } from "react";
import { readTurn } from "../api/chat";
import type { Conversation } from "./conversation";
import { isOver } from "./reply";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";

/** Milliseconds without an event after which the server is asked whether a worker has the turn, and between two questions. */
const PATIENCE = 3_000;
const ROUND = 2_500;
const JITTER = 500;

/** The turn that is awaited; while words come, or the model is asked again, nothing needs to be found out. */
function awaited({ reply }: Conversation): string | null {
  if (!reply || isOver(reply.phase) || reply.phase === "retrying") return null;
  return reply.connected ? reply.turnId : null;
}

/** Finds out whether the turn waits for a worker, and at which place, while nothing comes. */
export function useWorker(store: ConversationStore): void {
  const { dispatch } = store;
  const turnId = useSelected(store, awaited);
  const lastEventAt = useSelected(store, ({ reply }) => reply?.lastEventAt ?? 0);

  useEffect(() => {
    if (!turnId) return;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      if (document.visibilityState === "visible") {
        const turn = await readTurn(turnId).catch(() => null);
        const isSame = store.get().reply?.lastEventAt === lastEventAt;
        if (turn && isSame) dispatch({ type: "queue", turnId, ...placeOf(turn) });
      }
      timer = setTimeout(ask, ROUND + JITTER * Math.random());
    };
    const queued = store.get().reply?.phase === "queued";
    timer = setTimeout(ask, queued ? ROUND : PATIENCE);
    return () => clearTimeout(timer);
  }, [turnId, lastEventAt, store, dispatch]);
}

const placeOf = ({ position, worker }: Awaited<ReturnType<typeof readTurn>>) => ({
  position,
  worker: worker ?? null,
});
