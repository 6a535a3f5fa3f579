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
  const follower = followTurn(turnId, after, handlers, "idle");

  function onVisibility() {
    slot?.release();
    slot = null;
    if (!isVisible()) return follower.setMode("rare");
    if (!canShare()) return follower.setMode("live");
    slot = waitForSlot(
      () => follower.setMode("live"),
      () => follower.setMode("short"),
    );
  }

  onVisibility();
  return {
    ...follower,
    onVisibility,
    close() {
      slot?.release();
      follower.close();
    },
  };
}
