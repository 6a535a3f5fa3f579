import { useEffect, useState } from "react";

/** The time in milliseconds since the epoch, kept up to date until `end`. */
function useClock(end: number, every: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (end <= Date.now()) return;
    const timer = setInterval(() => {
      setNow(Date.now());
      if (end <= Date.now()) clearInterval(timer);
    }, every);
    return () => clearInterval(timer);
  }, [end, every]);
  return now;
}

/** Whole seconds until `due` (milliseconds since the epoch), never below zero. */
export function useCountdown(due: number): number {
  return Math.max(0, Math.ceil((due - useClock(due, 250)) / 1000));
}

/** Whole seconds since `begun` (milliseconds since the epoch); 0 where there is none. */
export function useElapsed(begun: number | null): number {
  const now = useClock(begun === null ? 0 : Number.POSITIVE_INFINITY, 1_000);
  return begun === null ? 0 : Math.max(0, Math.floor((now - begun) / 1000));
}
