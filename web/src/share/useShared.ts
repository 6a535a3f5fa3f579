import { type RefObject, useCallback, useEffect, useReducer } from "react";
import { flushSync } from "react-dom";
import { faultOf, Problem } from "../api/http";
import { readShared } from "../api/shares";
import { keepScrollPosition } from "../lib/keepScrollPosition";
import { usePolling } from "../state/usePolling";
import { isContinued, NOTHING, reduceShared, type Shared } from "./shared";

/** Messages that are read to see whether there are new ones. */
const FEW = 4;

export interface SharedControls {
  shared: Shared;
  /** Loads earlier messages without moving those on the screen. */
  loadEarlier: () => Promise<void>;
  retry: () => void;
}

/** Reads what a share link shows, and of a live one what is added. */
export function useShared(linkId: string, box: RefObject<HTMLElement | null>): SharedControls {
  const [shared, dispatch] = useReducer(reduceShared, NOTHING);
  const { phase, kind, messages, running, loadingEarlier } = shared;

  const load = useCallback(async () => {
    try {
      dispatch({ type: "newest", part: await readShared(linkId) });
    } catch (error) {
      dispatch({ type: "failed", fault: faultOf(error) });
    }
  }, [linkId]);
  useEffect(() => void load(), [load]);

  // The interval grows while nothing happens, and begins anew with each message.
  const newest = messages.at(-1)?.id;
  const poll = useCallback(() => {
    readShared(linkId, undefined, FEW).then(
      (part) => {
        if (isContinued(part, newest)) dispatch({ type: "newest", part });
        else void load();
      },
      (error: unknown) => dispatch({ type: "failed", fault: faultOf(error) }),
    );
  }, [linkId, load, newest]);
  usePolling(poll, phase === "ready" && kind === "live", !running);

  const before = messages[0]?.id;
  const loadEarlier = useCallback(async () => {
    if (!before || loadingEarlier === "loading") return;
    dispatch({ type: "earlierAsked" });
    try {
      const part = await readShared(linkId, before);
      keepScrollPosition(box.current, () =>
        flushSync(() => dispatch({ type: "earlier", before, part })),
      );
    } catch (error) {
      dispatch({ type: "earlierFailed" });
      // The link is gone, or shows another branch by now.
      if (error instanceof Problem && error.status === 404) await load();
    }
  }, [linkId, before, loadingEarlier, load, box]);

  const retry = useCallback(() => {
    dispatch({ type: "again" });
    void load();
  }, [load]);
  return { shared, loadEarlier, retry };
}
