import { useEffect } from "react";

const ROUND = 5_000;
const JITTER = 0.2;
const GROWTH = 1.7;
const LONGEST = 60_000;
/** Focus, visibility and network often come back together; one look is enough. */
const GAP = 300;

/** A wait that differs from page to page, so that many pages do not ask in step. */
const jittered = (round: number) => round * (1 - JITTER + 2 * JITTER * Math.random());

/**
 * Runs `look` every few seconds while the page can be seen, and as soon as someone comes back to it. With
 * `slower` each round is longer than the one before, up to a minute, and the first look comes after a round.
 */
export function usePatrol(look: () => void, on: boolean, slower = false): void {
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
      look();
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
  }, [look, on, slower]);
}
