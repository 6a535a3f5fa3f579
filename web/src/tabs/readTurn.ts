import type { FollowHandlers } from "../api/follow";
import { followHere, type TurnReader } from "./followHere";
import { canShare } from "./lock";
import { shareTurn } from "./shareTurn";

/**
 * Reads a turn for this page until its end. One tab reads for all tabs of the origin, where the browser has locks and
 * channels. A page that is left or frozen reads nothing, so that the browser may keep it to come back to.
 */
export function readTurnEvents(
  turnId: string,
  after: number,
  handlers: FollowHandlers,
): TurnReader {
  let cursor = after;
  let over = false;
  const counted: FollowHandlers = {
    ...handlers,
    onEvent(event, seq) {
      cursor = seq;
      over ||= event.type === "end" || event.type === "error";
      handlers.onEvent(event, seq);
    },
  };
  const begin = () => (canShare() ? shareTurn : readAlone)(turnId, cursor, counted);
  let reader: TurnReader | null = begin();

  const leave = () => {
    reader?.close();
    reader = null;
  };
  const comeBack = () => {
    if (!over) reader ??= begin();
  };
  const lifecycle = [
    [window, "pagehide", leave],
    [window, "pageshow", comeBack],
    [document, "freeze", leave],
    [document, "resume", comeBack],
  ] as const;
  for (const [target, name, handle] of lifecycle) target.addEventListener(name, handle);
  return {
    reconnect: () => reader?.reconnect(),
    close() {
      for (const [target, name, handle] of lifecycle) target.removeEventListener(name, handle);
      over = true;
      leave();
    },
  };
}

function readAlone(turnId: string, after: number, handlers: FollowHandlers): TurnReader {
  const follower = followHere(turnId, after, handlers);
  document.addEventListener("visibilitychange", follower.onVisibility);
  return {
    reconnect: follower.reconnect,
    close() {
      document.removeEventListener("visibilitychange", follower.onVisibility);
      follower.close();
    },
  };
}
