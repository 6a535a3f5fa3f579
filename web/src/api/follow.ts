import { readTurn, tryEvents } from "./chat";
import { pollEvents, type Rhythm } from "./eventPolls";
import type { EventReader, EventSink } from "./eventReader";
import { openStream } from "./eventStream";
import type { Fault } from "./fault";
import { areStreamsHeldBack, noteHeldBack } from "./heldBack";
import { Problem } from "./http";
import type { TurnEvent } from "./schemas";
import type { SequencedEvent } from "./sse";

const BACKOFF = [500, 1_000, 2_000, 4_000, 8_000];
/** Milliseconds after which a lost connection is shown to the reader. */
const LOST_AFTER = 800;
/** Milliseconds after which a new connection is tried where the server is silent. */
const SILENT_RETRY = 30_000;

/** idle: not yet; live: as events come; short: once a second without holding a connection; rare: every few seconds, for a hidden page. */
export type ReadMode = "idle" | "live" | "short" | "rare";

const SHORT: Rhythm = { wait: 0, every: 1_000 };
const RARE: Rhythm = { wait: 0, every: 5_000 };
/** Instead of a stream, where a proxy holds streams back. */
const LONG: Rhythm = { wait: 15, every: 1_000 };

/** silent: the server does not answer at all. */
export type StreamState = "open" | "lost" | "silent";

export interface FollowHandlers {
  onEvent: (event: TurnEvent, seq: number) => void;
  /** `refusal`: why the server refuses the stream, if it gives a reason. */
  onConnection: (state: StreamState, refusal?: Fault) => void;
  /** The turn is over, but its last event has expired: the history has the outcome. */
  onOver: () => void;
}

export interface Follower {
  /** Reconnects now, because the network is back or the page is visible again. */
  reconnect: () => void;
  setMode: (mode: ReadMode) => void;
  close: () => void;
}

type TurnState = { over: boolean; problem: Problem | null };

/** Requests the turn, then its events, because an EventSource does not expose the reason of a refusal. */
async function turnState(turnId: string, after: number): Promise<TurnState> {
  try {
    const { state } = await readTurn(turnId);
    const over = state !== "waiting" && state !== "queued" && state !== "running";
    if (over) return { over, problem: null };
    await tryEvents(turnId, after);
    return { over: false, problem: null };
  } catch (error) {
    if (!(error instanceof Problem) || error.isTransient) return { over: false, problem: null };
    return { over: error.status === 404, problem: error };
  }
}

/** Reads a turn's events to the end, over any number of connections. Passes on each event once. */
export function followTurn(
  turnId: string,
  after: number,
  handlers: FollowHandlers,
  first: ReadMode = "live",
): Follower {
  let reader: EventReader | null = null;
  let mode = first;
  let cursor = after;
  let failures = 0;
  let over = false;
  let isKnownOpen = false;
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  let lostTimer: ReturnType<typeof setTimeout> | undefined;

  function close() {
    over = true;
    clearTimeout(reconnectTimer);
    clearTimeout(lostTimer);
    reader?.close();
  }

  function reconnectIn(milliseconds: number) {
    clearTimeout(reconnectTimer);
    reconnectTimer = setTimeout(connect, milliseconds);
  }

  function report(state: StreamState, refusal?: Fault) {
    isKnownOpen = state === "open";
    handlers.onConnection(state, refusal);
  }

  function connectionLost() {
    lostTimer ??= setTimeout(() => report("lost"), LOST_AFTER);
  }

  function connectionOpened() {
    clearTimeout(lostTimer);
    clearTimeout(reconnectTimer);
    lostTimer = undefined;
    failures = 0;
    // Each event is a sign of life: the page is rendered only where that is news.
    if (!isKnownOpen) report("open");
  }

  function receive({ event, seq }: SequencedEvent) {
    // A snapshot replaces everything, even if its number is lower because the server's log lost events.
    if (over || (seq <= cursor && event.type !== "snapshot")) return;
    cursor = seq;
    if (event.type === "end" || event.type === "error") close();
    handlers.onEvent(event, seq);
  }

  /** Reports a refusal. Without a valid sign-in it does not retry until the page is visible again. */
  function onRefusal(problem: Problem, wait: number) {
    // Cleared but not reset, so that the next try does not replace the reason by "connection lost".
    clearTimeout(lostTimer);
    report("lost", problem.fault);
    if (problem.status === 401) clearTimeout(reconnectTimer);
    else reconnectIn(Math.max(wait, (problem.retryAt ?? 0) - Date.now()));
  }

  async function onClosed() {
    const wait = BACKOFF[Math.min(failures++, BACKOFF.length - 1)] ?? 0;
    const closedReader = reader;
    const { over: ended, problem } = await turnState(turnId, cursor);
    if (over || reader !== closedReader) return;
    if (ended && failures > 1) {
      close();
      handlers.onOver();
    } else if (ended) reconnectIn(0);
    else if (problem) onRefusal(problem, wait);
    else reconnectIn(wait);
  }

  const sink: EventSink = {
    onSign: connectionOpened,
    onEvent: receive,
    onBroken(closed) {
      connectionLost();
      if (closed) void onClosed();
    },
    onStale: connect,
    onSilent() {
      clearTimeout(lostTimer);
      report("silent");
      reconnectIn(SILENT_RETRY);
    },
    onHeldBack() {
      noteHeldBack();
      connect();
    },
  };

  function connect() {
    if (over || mode === "idle") return;
    reader?.close();
    clearTimeout(reconnectTimer);
    connectionLost();
    const live = mode === "live" && !areStreamsHeldBack();
    const rhythm = mode === "live" ? LONG : mode === "short" ? SHORT : RARE;
    reader = live ? openStream(turnId, cursor, sink) : pollEvents(turnId, cursor, rhythm, sink);
  }

  connect();
  return {
    close,
    reconnect: connect,
    setMode(next) {
      if (next === mode) return;
      mode = next;
      connect();
    },
  };
}
