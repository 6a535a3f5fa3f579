import { useEffect } from "react";

/** Milliseconds added to the time of another clock, which is given in whole seconds. */
const MARGIN = 100;

/** Calls once at a time (milliseconds since the epoch); null: never. */
export function useAt(time: number | null, call: () => void): void {
  useEffect(() => {
    if (time === null) return;
    const timer = setTimeout(call, Math.max(0, time - Date.now()) + MARGIN);
    return () => clearTimeout(timer);
  }, [time, call]);
}
