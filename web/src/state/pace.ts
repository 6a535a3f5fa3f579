import type { SequencedEvent } from "../api/sse";
import { isMoving } from "../live/motion";

export type { SequencedEvent };

/** Minimum milliseconds between renderings, because each costs a layout of the page. What comes glides on in between. */
const GLIDING_PACE = 240;
/** The same where nothing moves: then text appears with its rendering. */
const STILL_PACE = 120;
/** Maximum share of the time for rendering, so that an expensive block is rendered less often. */
const SHARE = 1 / 12;

const isText = ({ event }: SequencedEvent) => event.type === "chunk" || event.type === "thinking";

export interface Pace {
  push: (received: SequencedEvent) => void;
  stop: () => void;
}

/**
 * Passes on text events in batches, a few times per second, and events that change the state at once. While the page is
 * hidden text waits: it is not seen.
 */
export function paced(
  handle: (events: SequencedEvent[]) => void,
  now = () => performance.now(),
): Pace {
  let waiting: SequencedEvent[] = [];
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    const started = now();
    handle(batch);
    const ended = now();
    next = ended + Math.max(isMoving() ? GLIDING_PACE : STILL_PACE, (ended - started) / SHARE);
  }

  const onVisibility = () => {
    if (!document.hidden) flush();
  };
  document.addEventListener("visibilitychange", onVisibility);

  return {
    push(received) {
      waiting.push(received);
      const wait = next - now();
      if (!isText(received) || (wait <= 0 && !document.hidden)) flush();
      else if (!document.hidden) timer ??= setTimeout(flush, wait);
    },
    stop() {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
