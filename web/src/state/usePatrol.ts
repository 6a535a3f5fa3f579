import { useEffect } from "react";

const ROUND = 5_000;
const JITTER = 0.2;
/** Focus, visibility and network often come back together; one look is enough. */
const GAP = 300;

/** A wait that differs from page to page, so that many pages do not ask in step. */
const nextRound = () => ROUND * (1 - JITTER + 2 * JITTER * Math.random());

/** Runs `look` every few seconds while the page can be seen, and as soon as someone comes back to it. */
export function usePatrol(look: () => void, on: boolean): void {
  useEffect(() => {
    if (!on) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = Number.NEGATIVE_INFINITY;
    const run = () => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") return;
      timer = setTimeout(run, nextRound());
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
  }, [look, on]);
}
