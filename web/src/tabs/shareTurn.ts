import { readEvents } from "../api/chat";
import type { FollowHandlers } from "../api/follow";
import type { SequencedEvent } from "../api/sse";
import { followHere, isVisible, type TurnReader } from "./followHere";
import {
  BEAT,
  hasListeners,
  hasMissed,
  NO_STANDING,
  reduceStanding,
  takesOver,
} from "./leadership";
import { type Hold, waitForLock } from "./lock";
import { openTurnChannel, type TabMessage } from "./turnChannel";

/** Milliseconds between two looks at the leader. */
const WATCH = 250;

/**
 * Reads a turn together with the other tabs of the origin. The tab that holds the turn's lock reads, and sends what it
 * gets to the others, which begin with what is stored. A visible tab takes the lock where the reading one is hidden,
 * frozen or closed.
 */
export function shareTurn(turnId: string, after: number, handlers: FollowHandlers): TurnReader {
  let cursor = after;
  let over = false;
  let standing = reduceStanding(NO_STANDING, { type: "began", visible: isVisible(), now: now() });
  let lead: ReturnType<typeof followHere> | null = null;
  let lock: Hold | null = null;
  /** The number of the last event that was left out while stored ones are read; null while none are. */
  let leftOut: number | null = null;
  const reading = new AbortController();
  const channel = openTurnChannel(turnId, onMessage);

  function take({ event, seq }: SequencedEvent) {
    if (over || (seq <= cursor && event.type !== "snapshot")) return;
    cursor = seq;
    over = event.type === "end" || event.type === "error";
    handlers.onEvent(event, seq);
    if (over) close();
  }

  /** Reads what is stored after the cursor, because messages were sent before this tab listened. */
  async function catchUp(): Promise<void> {
    if (leftOut !== null) return;
    leftOut = 0;
    const after = cursor;
    const events = await readEvents(turnId, after, 0, reading.signal).catch(() => null);
    const awaited = leftOut;
    leftOut = null;
    // A tab that leads by now reads from its cursor itself.
    if (lead || over || cursor !== after) return;
    for (const received of events ?? []) take(received);
    if (!over && cursor > after && awaited > cursor) return catchUp();
  }

  /** Takes an event that directly follows the cursor. One that does not is read with what is missing before it. */
  function takeSent(received: SequencedEvent, after: number) {
    if (leftOut !== null) leftOut = Math.max(leftOut, received.seq);
    else if (received.event.type === "snapshot" || after === cursor) take(received);
    else if (received.seq > cursor) void catchUp();
  }

  function onMessage(message: TabMessage) {
    if (message.type === "here")
      standing = reduceStanding(standing, { type: "answered", now: now() });
    if (lead || over) return;
    switch (message.type) {
      case "event":
        return takeSent(message.received, message.after);
      case "connection":
        return handlers.onConnection(message.state, message.refusal ?? undefined);
      case "over":
        return handlers.onOver();
      case "beat":
        channel.send({ type: "here" });
        standing = reduceStanding(standing, { ...message, type: "beat", cursor, now: now() });
        if (!hasMissed(standing)) return;
        standing = { ...standing, behind: 0 };
        void catchUp();
    }
  }

  const beat = () => channel.send({ type: "beat", visible: isVisible(), seq: cursor });

  function begin() {
    standing = reduceStanding(standing, { type: "led" });
    lead = followHere(turnId, cursor, {
      onEvent(event, seq) {
        if (hasListeners(standing, now()))
          channel.send({ type: "event", received: { event, seq }, after: cursor });
        take({ event, seq });
      },
      onConnection(state, refusal) {
        channel.send({ type: "connection", state, refusal: refusal ?? null });
        handlers.onConnection(state, refusal);
      },
      onOver() {
        channel.send({ type: "over" });
        handlers.onOver();
      },
    });
    beat();
  }

  function stopLeading() {
    lead?.close();
    lead = null;
    standing = reduceStanding(standing, { type: "lost", now: now() });
  }

  function queue(steal = false) {
    lock?.release();
    const onLost = () => {
      stopLeading();
      queue();
    };
    lock = waitForLock(`holdfast.turn.${turnId}`, { steal, onHeld: begin, onLost });
  }

  const watch = setInterval(() => {
    if (takesOver(standing, now())) {
      standing = { ...standing, beatAt: now() };
      queue(true);
    }
  }, WATCH);
  const beats = setInterval(() => lead && beat(), BEAT);

  function onVisibility() {
    standing = reduceStanding(standing, { type: "visible", visible: isVisible(), now: now() });
    if (!lead) return;
    if (isVisible()) return lead.onVisibility();
    // Others may be visible, and wait for the lock.
    stopLeading();
    queue();
  }

  function close() {
    over = true;
    clearInterval(watch);
    clearInterval(beats);
    reading.abort();
    document.removeEventListener("visibilitychange", onVisibility);
    lead?.close();
    lead = null;
    lock?.release();
    channel.close();
  }

  document.addEventListener("visibilitychange", onVisibility);
  channel.send({ type: "here" });
  queue();
  setTimeout(() => !lead && !over && void catchUp(), WATCH);
  return { close, reconnect: () => lead?.reconnect() };
}

const now = () => performance.now();
