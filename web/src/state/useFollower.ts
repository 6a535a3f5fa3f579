import { type Dispatch, useEffect, useRef } from "react";
import { readTurn } from "../api/chat";
import { followTurn } from "../api/follow";
import type { Action, Conversation } from "./conversation";
import { isOver } from "./reply";

const QUEUE_POLL = 2_500;
const SETTLE_WAITS = [1_000, 3_000, 8_000];

/** Follows the conversation's running turn, and reads the stored history once it is over. */
export function useFollower(
  { reply }: Conversation,
  dispatch: Dispatch<Action>,
  settle: () => Promise<void>,
): void {
  const turnId = reply?.turnId ?? null;
  const over = reply !== null && isOver(reply.phase);
  const queued = reply?.phase === "queued";
  const cursor = useRef(0);
  cursor.current = reply?.seq ?? 0;

  useEffect(() => {
    if (!turnId || over) return;
    const follower = followTurn(turnId, cursor.current, {
      onEvent: (event, seq) => dispatch({ type: "event", turnId, event, seq, now: Date.now() }),
      onConnection: (open) => dispatch({ type: "connection", turnId, open }),
      onOver: () => void settle().catch(() => undefined),
    });
    const wake = () => document.visibilityState === "visible" && follower.nudge();
    window.addEventListener("online", follower.nudge);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", follower.nudge);
      document.removeEventListener("visibilitychange", wake);
      follower.close();
    };
  }, [turnId, over, dispatch, settle]);

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
