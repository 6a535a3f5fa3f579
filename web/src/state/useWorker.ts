import { useEffect } from "react";
import { readTurn } from "../api/chat";
import type { Turn } from "../api/schemas";
import { awaitedOf } from "./calls";
import type { Conversation } from "./conversation";
import { isOver } from "./reply";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";

/** Milliseconds without an event after which the server is asked whether a worker has the turn, and between two questions. */
const PATIENCE = 3_000;
const ROUND = 2_500;
const JITTER = 500;
/** The same while the reply waits for a person. */
const LONG_ROUND = 30_000;

/** The turn that is awaited; while words come, or the model is asked again, nothing needs to be found out. */
function awaited({ reply }: Conversation): string | null {
  if (!reply || isOver(reply.phase) || reply.phase === "retrying") return null;
  return reply.connected ? reply.turnId : null;
}

/** Finds out whether the turn waits for a worker, and at which place, while nothing comes. */
export function useWorker(store: ConversationStore): void {
  const { dispatch } = store;
  const turnId = useSelected(store, awaited);

  useEffect(() => {
    if (!turnId) return;
    let timer: ReturnType<typeof setTimeout>;
    let wanted = true;
    // Not a part of the state that is selected: the whole page would be rendered for each event.
    let seen = lastEvent(store.get());
    const askIn = (milliseconds: number) => {
      clearTimeout(timer);
      timer = setTimeout(ask, milliseconds);
    };
    const ask = async () => {
      const asked = seen;
      if (document.visibilityState === "visible") {
        const turn = await readTurn(turnId).catch(() => null);
        if (!wanted || seen !== asked) return;
        if (turn) dispatch({ type: "queue", turnId, ...placeOf(turn) });
      }
      askIn(roundOf(store.get()) + JITTER * Math.random());
    };
    const wait = () => askIn(store.get().reply?.phase === "queued" ? ROUND : PATIENCE);
    const unsubscribe = store.subscribe(() => {
      const last = lastEvent(store.get());
      if (last === seen) return;
      seen = last;
      wait();
    });
    wait();
    return () => {
      wanted = false;
      unsubscribe();
      clearTimeout(timer);
    };
  }, [turnId, store, dispatch]);
}

const lastEvent = ({ reply }: Conversation) => reply?.lastEventAt ?? 0;

const roundOf = ({ reply }: Conversation) =>
  awaitedOf(reply?.steps ?? []) === "answer" ? LONG_ROUND : ROUND;

const placeOf = ({ position, worker, approvals }: Turn) => ({
  position,
  worker: worker ?? null,
  approvals: approvals ?? [],
});
