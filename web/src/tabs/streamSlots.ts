import { type Hold, takeFreeLock } from "./lock";

/** Streams of all tabs together over HTTP/1.1, where browsers open six connections to a host: three stay for requests. */
const SLOTS = [0, 1, 2].map((number) => `holdfast.stream.${number}`);
const RETRY = 2_000;

/** Whether one connection carries any number of streams. */
function isMultiplexed(): boolean {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return /^h[23]/.test(page?.nextHopProtocol ?? "");
}

/** Calls `onSlot` once this tab may hold a connection open for a stream, and `onNone` whenever all are taken. */
export function waitForSlot(onSlot: () => void, onNone: () => void): Hold {
  let slot: Hold | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let done = false;

  async function attempt() {
    const taken = await takeFreeLock(SLOTS);
    if (done) return taken?.release();
    if (!taken) {
      onNone();
      timer = setTimeout(attempt, RETRY);
      return;
    }
    slot = taken;
    onSlot();
  }

  if (isMultiplexed()) onSlot();
  else void attempt();
  return {
    release() {
      done = true;
      clearTimeout(timer);
      slot?.release();
    },
  };
}
