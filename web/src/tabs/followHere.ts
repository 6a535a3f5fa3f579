import { type Follower, type FollowHandlers, followTurn } from "../api/follow";
import { canShare, type Hold } from "./lock";
import { waitForSlot } from "./streamSlots";

export interface TurnReader {
  reconnect: () => void;
  close: () => void;
}

export const isVisible = () => document.visibilityState === "visible";

/** Follows a turn in this tab: as events come while it is visible and may hold a connection, else in short requests. */
export function followHere(
  turnId: string,
  after: number,
  handlers: FollowHandlers,
): Follower & { onVisibility: () => void } {
  let slot: Hold | null = null;
  const follower = followTurn(
    turnId,
    after,
    handlers,
    isVisible() && !canShare() ? "live" : "rare",
  );

  function onVisibility() {
    slot?.release();
    slot = null;
    if (!isVisible()) return follower.setMode("rare");
    if (!canShare()) return follower.setMode("live");
    let granted = false;
    slot = waitForSlot(() => {
      granted = true;
      follower.setMode("live");
    });
    if (!granted) follower.setMode("short");
  }

  if (canShare()) onVisibility();
  return {
    ...follower,
    onVisibility,
    close() {
      slot?.release();
      follower.close();
    },
  };
}
