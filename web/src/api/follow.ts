import { eventsAddress, readTurn, tryEvents } from "./chat";
import { Problem } from "./http";
import type { Fault, TurnEvent } from "./types";

const CLOSED = 2;
const BACKOFF = [500, 1_000, 2_000, 4_000, 8_000];
/** A link may die without a sound; asking again after the cursor costs one request and repeats nothing. */
const SILENCE = 45_000;
/** A reconnect shorter than this is not worth a word to the reader. */
const PATIENCE = 800;

export interface FollowHandlers {
  onEvent: (event: TurnEvent, seq: number) => void;
  /** `trouble`: why the server does not let this browser listen, where it says so. */
  onConnection: (open: boolean, trouble?: Fault) => void;
  /** The turn is over, but its last event cannot be read any more: history knows the outcome. */
  onOver: () => void;
}

export interface Follower {
  /** Reconnect now: the network is back, or the page was asleep. */
  nudge: () => void;
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

type Standing = { over: boolean; problem: Problem | null };

/** An EventSource keeps the reason of a refusal to itself, so the turn is asked for, then its events. */
async function standingOf(turnId: string, after: number): Promise<Standing> {
  try {
    const { state } = await readTurn(turnId);
    if (state !== "queued" && state !== "running") return { over: true, problem: null };
    await tryEvents(turnId, after);
    return { over: false, problem: null };
  } catch (error) {
    if (!(error instanceof Problem) || error.passing) return { over: false, problem: null };
    return { over: error.status === 404, problem: error };
  }
}

/** Reads one turn's events to the end, whatever happens to the connection; each event is given once. */
export function followTurn(turnId: string, after: number, handlers: FollowHandlers): Follower {
  let source: EventSource | null = null;
  let cursor = after;
  let failures = 0;
  let over = false;
  let wakeUp: ReturnType<typeof setTimeout> | undefined;
  let complain: ReturnType<typeof setTimeout> | undefined;

  function close() {
    over = true;
    clearTimeout(wakeUp);
    clearTimeout(complain);
    source?.close();
  }

  function wakeIn(milliseconds: number) {
    clearTimeout(wakeUp);
    wakeUp = setTimeout(connect, milliseconds);
  }

  function lost() {
    complain ??= setTimeout(() => handlers.onConnection(false), PATIENCE);
  }

  function found() {
    clearTimeout(complain);
    complain = undefined;
    failures = 0;
    handlers.onConnection(true);
    wakeIn(SILENCE);
  }

  function receive(message: MessageEvent<string>) {
    wakeIn(SILENCE);
    const seq = seqOf(message.lastEventId);
    const event = parse(message.data);
    // A snapshot replaces everything, also where the server's log went back behind what was read.
    if (!event || (seq <= cursor && event.type !== "snapshot")) return;
    cursor = seq;
    if (event.type === "end" || event.type === "error") close();
    handlers.onEvent(event, seq);
  }

  /** Without a valid sign-in asking again is of no use until someone comes back to the page. */
  function held(problem: Problem, wait: number) {
    // Not forgotten, so that the next try does not put "connection lost" in place of the reason.
    clearTimeout(complain);
    handlers.onConnection(false, problem.fault);
    if (problem.status === 401) clearTimeout(wakeUp);
    else wakeIn(Math.max(wait, (problem.retryAt ?? 0) - Date.now()));
  }

  async function refused() {
    const wait = BACKOFF[Math.min(failures++, BACKOFF.length - 1)] ?? 0;
    const refusedSource = source;
    const { over: ended, problem } = await standingOf(turnId, cursor);
    if (over || source !== refusedSource) return;
    if (ended && failures > 1) {
      close();
      handlers.onOver();
    } else if (ended) wakeIn(0);
    else if (problem) held(problem, wait);
    else wakeIn(wait);
  }

  function connect() {
    source?.close();
    lost();
    wakeIn(SILENCE);
    const opened = new EventSource(eventsAddress(turnId, cursor));
    source = opened;
    opened.onopen = found;
    opened.onmessage = receive;
    opened.onerror = () => {
      if (over || source !== opened) return;
      lost();
      // The browser reconnects by itself after a dropped connection, but not after a refusal.
      if (opened.readyState === CLOSED) void refused();
    };
  }

  connect();
  return { close, nudge: () => !over && connect() };
}
