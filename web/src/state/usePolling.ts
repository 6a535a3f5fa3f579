import { useEffect } from "react";

const ROUND = 5_000;
const JITTER = 0.2;
const GROWTH = 1.7;
const LONGEST = 60_000;
/** Minimum milliseconds between polls, because focus, visibility and network often return together. */
const GAP = 300;

/** Adds jitter, so that many pages do not poll at the same time. */
const jittered = (round: number) => round * (1 - JITTER + 2 * JITTER * Math.random());

/**
 * Runs `poll` every few seconds while the page is visible, and at once when the reader returns to it. With
 * `slower` each interval is longer than the previous one, up to a minute, and the first poll is after an interval.
 */
export function usePolling(poll: () => void, on: boolean, slower = false): void {
  useEffect(() => {
    if (!on) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = slower ? performance.now() : Number.NEGATIVE_INFINITY;
    let round = ROUND;
    const run = () => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") return;
      timer = setTimeout(run, jittered(round));
      if (slower) round = Math.min(round * GROWTH, LONGEST);
      if (performance.now() - last < GAP) return;
      last = performance.now();
      poll();
    };
    run();
    const back = ["focus", "online", "pageshow"] as const;
    for (const event of back) window.addEventListener(event, run);
    document.addEventListener("visibilitychange", run);
    return () => {
      clearTimeout(timer);
      for (const event of back) window.removeEventListener(event, run);
      document.removeEventListener("visibilitychange", run);
    };
  }, [poll, on, slower]);
}
