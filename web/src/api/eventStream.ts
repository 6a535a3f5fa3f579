import { eventsAddress, readTurn } from "./chat";
import type { EventReader, EventSink } from "./eventReader";
import { Problem } from "./http";
import { parseEvent, seqOf } from "./sse";

const CLOSED = 2;
/** Milliseconds without a sign of life before a reconnect: with pings, which come after 15 s, and without any so far. */
const SILENCE = 20_000;
const SILENCE_WITHOUT_PINGS = 45_000;
/** Milliseconds until the first sign of life, which the server sends at once. */
const FIRST_SIGN = 4_000;
/** Milliseconds until the answer to another request, which is asked for where the first sign does not come. */
const PROBE = 5_000;
/** Milliseconds that the first sign may come after that answer. */
const GRACE = 1_000;

/** Reads a turn's events as a stream (docs/protocol.md, section 3.4, with `ping=event`). */
export function openStream(turnId: string, after: number, sink: EventSink): EventReader {
  const source = new EventSource(eventsAddress(turnId, after));
  let silence = SILENCE_WITHOUT_PINGS;
  let closed = false;
  let aliveAt = performance.now();
  let staleTimer: ReturnType<typeof setTimeout> | undefined;
  let firstTimer: ReturnType<typeof setTimeout> | undefined;
  let signs = 0;

  /** Notes a sign of life. The timer goes on until it is due, because to set one for each event costs time. */
  function expectMore() {
    aliveAt = performance.now();
    staleTimer ??= setTimeout(look, silence);
  }

  function look() {
    const left = aliveAt + silence - performance.now();
    staleTimer = undefined;
    if (left > 0) staleTimer = setTimeout(look, left);
    else sink.onStale();
  }

  function forgetSilence() {
    clearTimeout(staleTimer);
    staleTimer = undefined;
  }

  function expectFirstSign() {
    clearTimeout(firstTimer);
    firstTimer = setTimeout(() => void findOut(), FIRST_SIGN);
  }

  /** Finds out whether the server is silent, or only the stream is. */
  async function findOut() {
    const before = signs;
    const answer = await probe(turnId);
    if (closed || signs > before || answer === "refused") return;
    if (answer === "silent") return sink.onSilent();
    firstTimer = setTimeout(() => signs === before && sink.onHeldBack(), GRACE);
  }

  function onAlive() {
    signs += 1;
    clearTimeout(firstTimer);
    expectMore();
    sink.onSign();
  }

  source.onopen = () => {
    expectMore();
    expectFirstSign();
    sink.onSign();
  };
  source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
    onAlive();
    const event = parseEvent(data);
    if (event) sink.onEvent({ event, seq: seqOf(lastEventId) });
  };
  source.addEventListener("ping", () => {
    if (silence !== SILENCE) forgetSilence();
    silence = SILENCE;
    onAlive();
  });
  source.onerror = () => {
    if (closed) return;
    clearTimeout(firstTimer);
    // The browser reconnects after a dropped connection, but not after a refusal.
    const isClosed = source.readyState === CLOSED;
    if (isClosed) forgetSilence();
    else expectFirstSign();
    sink.onBroken(isClosed);
  };
  expectMore();
  expectFirstSign();

  return {
    close() {
      closed = true;
      forgetSilence();
      clearTimeout(firstTimer);
      source.close();
    },
  };
}

/** Asks for the turn, to see whether the server answers; `refused`: it does, with a problem. */
async function probe(turnId: string): Promise<"answered" | "refused" | "silent"> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PROBE);
  try {
    await readTurn(turnId, limit.signal);
    return "answered";
  } catch (error) {
    return error instanceof Problem && error.status > 0 ? "refused" : "silent";
  } finally {
    clearTimeout(timer);
  }
}
