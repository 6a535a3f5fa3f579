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

/** Reads history until it no longer says that this turn runs, however often that fails. */
function settling(store: ConversationStore, turnId: string, settle: () => Promise<void>) {
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

/** Follows the conversation's running turn, and reads the stored history once it is over. */
export function useFollower(store: ConversationStore, settle: () => Promise<void>): void {
  const { dispatch } = store;
  const turnId = useSelected(store, ({ reply }) => reply?.turnId ?? null);
  const over = useSelected(store, ({ reply }) => reply !== null && isOver(reply.phase));
  const queued = useSelected(store, ({ reply }) => reply?.phase === "queued");

  useEffect(() => {
    if (!turnId || over) return;
    const pace = paced((heard) =>
      flushSync(() => dispatch({ type: "events", turnId, heard, now: Date.now() })),
    );
    let unsettle: (() => void) | undefined;
    const follower = followTurn(turnId, store.get().reply?.seq ?? 0, {
      onEvent: (event, seq) => pace.hear({ event, seq }),
      onConnection: (open, trouble) =>
        dispatch({ type: "connection", turnId, open, trouble: trouble ?? null }),
      onOver: () => {
        unsettle = settling(store, turnId, settle);
      },
    });
    const wake = () => document.visibilityState === "visible" && follower.nudge();
    window.addEventListener("online", follower.nudge);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", follower.nudge);
      document.removeEventListener("visibilitychange", wake);
      pace.stop();
      unsettle?.();
      follower.close();
    };
  }, [turnId, over, store, dispatch, settle]);

  useEffect(() => {
    if (!turnId || !over) return;
    return settling(store, turnId, settle);
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
