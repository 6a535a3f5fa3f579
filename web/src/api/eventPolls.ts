import { readEvents } from "./chat";
import type { EventReader, EventSink } from "./eventReader";

export interface Rhythm {
  /** Seconds that a request may wait for events. */
  wait: number;
  /** Milliseconds between two requests. */
  every: number;
}

/** Milliseconds that a request may take longer than it waits. */
const LATE = 10_000;

/** Reads a turn's events in short bodies, one after another, which hold no connection in between. */
export function pollEvents(
  turnId: string,
  after: number,
  { wait, every }: Rhythm,
  sink: EventSink,
): EventReader {
  let cursor = after;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let limit = new AbortController();

  async function round() {
    limit = new AbortController();
    const late = setTimeout(() => limit.abort(), wait * 1_000 + LATE);
    try {
      const events = await readEvents(turnId, cursor, wait, limit.signal);
      if (closed) return;
      if (!events) return sink.onBroken(true);
      sink.onSign();
      for (const received of events) {
        cursor = received.seq;
        sink.onEvent(received);
      }
      if (!closed) timer = setTimeout(round, every);
    } catch {
      if (!closed) sink.onBroken(true);
    } finally {
      clearTimeout(late);
    }
  }

  void round();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      limit.abort();
    },
  };
}
