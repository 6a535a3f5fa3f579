import { useEffect } from "react";
import { flushSync } from "react-dom";
import { readTurn } from "../api/chat";
import { followTurn } from "../api/follow";
import { paced } from "./pace";
import { isOver } from "./reply";
import { useSelected } from "./store";
import type { ConversationStore } from "./useConversation";

const QUEUE_POLL = 2_500;
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
  const queued = useSelected(store, ({ reply }) => reply?.phase === "queued");

  useEffect(() => {
    if (!turnId || over) return;
    const pace = paced((events) =>
      flushSync(() => dispatch({ type: "events", turnId, events, now: Date.now() })),
    );
    let stopReading: (() => void) | undefined;
    const follower = followTurn(turnId, store.get().reply?.seq ?? 0, {
      onEvent: (event, seq) => pace.push({ event, seq }),
      onConnection: (open, refusal) =>
        dispatch({ type: "connection", turnId, open, refusal: refusal ?? null }),
      onOver: () => {
        stopReading = readUntilStored(store, turnId, settle);
      },
    });
    const wake = () => document.visibilityState === "visible" && follower.reconnect();
    window.addEventListener("online", follower.reconnect);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", follower.reconnect);
      document.removeEventListener("visibilitychange", wake);
      pace.stop();
      stopReading?.();
      follower.close();
    };
  }, [turnId, over, store, dispatch, settle]);

  useEffect(() => {
    if (!turnId || !over) return;
    return readUntilStored(store, turnId, settle);
  }, [turnId, over, store, settle]);

  useEffect(() => {
    if (!turnId || !queued) return;
    const timer = setInterval(async () => {
      const turn = await readTurn(turnId).catch(() => null);
      if (turn) dispatch({ type: "queue", turnId, position: turn.position });
    }, QUEUE_POLL);
    return () => clearInterval(timer);
  }, [turnId, queued, dispatch]);
}
