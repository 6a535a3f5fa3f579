import { useEffect } from "react";
import { flushSync } from "react-dom";
import { readTurnEvents } from "../tabs/readTurn";
import { connection } from "./connection";
import { lostConnections } from "./lostConnections";
import { paced } from "./pace";
import { isOver } from "./reply";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";
import { useWorker } from "./useWorker";

const SETTLE_WAITS = [1_000, 3_000, 8_000];

/** Reads the history until the turn is not active in it. Repeats after failures. Returns a function that stops it. */
function readUntilStored(store: ConversationStore, turnId: string, settle: () => Promise<void>) {
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted = true;
  const attempt = async () => {
    await settle().catch(() => undefined);
    if (!wanted || store.get().reply?.turnId !== turnId) return;
    const wait = SETTLE_WAITS[Math.min(tries++, SETTLE_WAITS.length - 1)];
    timer = setTimeout(attempt, wait);
  };
  void attempt();
  return () => {
    wanted = false;
    clearTimeout(timer);
  };
}

/** Follows the conversation's active turn, and reads the stored history when it is over. */
export function useFollower(store: ConversationStore, settle: () => Promise<void>): void {
  const { dispatch } = store;
  const turnId = useSelected(store, ({ reply }) => reply?.turnId ?? null);
  const over = useSelected(store, ({ reply }) => reply !== null && isOver(reply.phase));

  useEffect(() => {
    if (!turnId || over) return;
    const pace = paced((events) =>
      flushSync(() => dispatch({ type: "events", turnId, events, now: Date.now() })),
    );
    let stopReading: (() => void) | undefined;
    const follower = readTurnEvents(turnId, store.get().reply?.seq ?? 0, {
      onEvent: (event, seq) => pace.push({ event, seq }),
      onConnection: (stream, refusal) => {
        connection.dispatch({ type: "stream", stream, refusal: refusal ?? null });
        lostConnections.dispatch({ turnId, isOpen: stream === "open" });
        dispatch({ type: "connection", turnId, open: stream === "open", refusal: refusal ?? null });
      },
      onOver: () => {
        connection.dispatch({ type: "stream", stream: null, refusal: null });
        stopReading = readUntilStored(store, turnId, settle);
      },
    });
    window.addEventListener("online", follower.reconnect);
    return () => {
      window.removeEventListener("online", follower.reconnect);
      connection.dispatch({ type: "stream", stream: null, refusal: null });
      pace.stop();
      stopReading?.();
      follower.close();
    };
  }, [turnId, over, store, dispatch, settle]);

  useEffect(() => {
    if (!turnId || !over) return;
    return readUntilStored(store, turnId, settle);
  }, [turnId, over, store, settle]);

  useWorker(store);
}
