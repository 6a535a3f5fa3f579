import { eventsAddress, readTurn, tryEvents } from "./chat";
import type { Fault } from "./fault";
import { Problem } from "./http";
import type { TurnEvent } from "./schemas";

const CLOSED = 2;
const BACKOFF = [500, 1_000, 2_000, 4_000, 8_000];
/** Milliseconds without an event before a reconnect, because a connection may die silently. Nothing is repeated. */
const SILENCE = 45_000;
/** Milliseconds after which a lost connection is shown to the reader. */
const LOST_AFTER = 800;

export interface FollowHandlers {
  onEvent: (event: TurnEvent, seq: number) => void;
  /** `refusal`: why the server refuses the stream, if it gives a reason. */
  onConnection: (open: boolean, refusal?: Fault) => void;
  /** The turn is over, but its last event has expired: the history has the outcome. */
  onOver: () => void;
}

export interface Follower {
  /** Reconnects now, because the network is back or the page is visible again. */
  reconnect: () => void;
  close: () => void;
}

export function seqOf(eventId: string): number {
  const seq = Number(eventId.slice(eventId.lastIndexOf(":") + 1));
  return Number.isInteger(seq) ? seq : 0;
}

function parse(data: string): TurnEvent | null {
  try {
    return JSON.parse(data) as TurnEvent;
  } catch {
    return null;
  }
}

type StreamState = { over: boolean; problem: Problem | null };

/** Requests the turn, then its events, because an EventSource does not expose the reason of a refusal. */
async function streamState(turnId: string, after: number): Promise<StreamState> {
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
export function followTurn(turnId: string, after: number, handlers: FollowHandlers): Follower {
  let source: EventSource | null = null;
  let cursor = after;
  let failures = 0;
  let over = false;
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  let lostTimer: ReturnType<typeof setTimeout> | undefined;

  function close() {
    over = true;
    clearTimeout(reconnectTimer);
    clearTimeout(lostTimer);
    source?.close();
  }

  function reconnectIn(milliseconds: number) {
    clearTimeout(reconnectTimer);
    reconnectTimer = setTimeout(connect, milliseconds);
  }

  function connectionLost() {
    lostTimer ??= setTimeout(() => handlers.onConnection(false), LOST_AFTER);
  }

  function connectionOpened() {
    clearTimeout(lostTimer);
    lostTimer = undefined;
    failures = 0;
    handlers.onConnection(true);
    reconnectIn(SILENCE);
  }

  function receive(message: MessageEvent<string>) {
    reconnectIn(SILENCE);
    const seq = seqOf(message.lastEventId);
    const event = parse(message.data);
    // A snapshot replaces everything, even if its number is lower because the server's log lost events.
    if (!event || (seq <= cursor && event.type !== "snapshot")) return;
    cursor = seq;
    if (event.type === "end" || event.type === "error") close();
    handlers.onEvent(event, seq);
  }

  /** Reports a refusal. Without a valid sign-in it does not retry until the page is visible again. */
  function onRefusal(problem: Problem, wait: number) {
    // Cleared but not reset, so that the next try does not replace the reason by "connection lost".
    clearTimeout(lostTimer);
    handlers.onConnection(false, problem.fault);
    if (problem.status === 401) clearTimeout(reconnectTimer);
    else reconnectIn(Math.max(wait, (problem.retryAt ?? 0) - Date.now()));
  }

  async function onClosed() {
    const wait = BACKOFF[Math.min(failures++, BACKOFF.length - 1)] ?? 0;
    const closedSource = source;
    const { over: ended, problem } = await streamState(turnId, cursor);
    if (over || source !== closedSource) return;
    if (ended && failures > 1) {
      close();
      handlers.onOver();
    } else if (ended) reconnectIn(0);
    else if (problem) onRefusal(problem, wait);
    else reconnectIn(wait);
  }

  function connect() {
    source?.close();
    connectionLost();
    reconnectIn(SILENCE);
    const opened = new EventSource(eventsAddress(turnId, cursor));
    source = opened;
    opened.onopen = connectionOpened;
    opened.onmessage = receive;
    opened.onerror = () => {
      if (over || source !== opened) return;
      connectionLost();
      // The browser reconnects after a dropped connection, but not after a refusal.
      if (opened.readyState === CLOSED) void onClosed();
    };
  }

  connect();
  return { close, reconnect: () => !over && connect() };
}
