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
    const follower = followTurn(turnId, store.get().reply?.seq ?? 0, {
      onEvent: (event, seq) => pace.hear({ event, seq }),
      onConnection: (open) => dispatch({ type: "connection", turnId, open }),
      onOver: () => void settle().catch(() => undefined),
    });
    const wake = () => document.visibilityState === "visible" && follower.nudge();
    window.addEventListener("online", follower.nudge);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", follower.nudge);
      document.removeEventListener("visibilitychange", wake);
      pace.stop();
      follower.close();
    };
  }, [turnId, over, store, dispatch, settle]);

  useEffect(() => {
    if (!turnId || !over) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = [...SETTLE_WAITS];
    const attempt = () => {
      settle().catch(() => {
        const wait = left[0];
        left = left.slice(1);
        if (wait) timer = setTimeout(attempt, wait);
      });
    };
    attempt();
    return () => clearTimeout(timer);
  }, [turnId, over, settle]);

  useEffect(() => {
    if (!turnId || !queued) return;
    const timer = setInterval(async () => {
      const turn = await readTurn(turnId).catch(() => null);
      if (turn) dispatch({ type: "queue", turnId, position: turn.position });
    }, QUEUE_POLL);
    return () => clearInterval(timer);
  }, [turnId, queued, dispatch]);
}
