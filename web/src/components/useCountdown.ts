import { useEffect, useState } from "react";

/** Whole seconds until `due` (milliseconds since the epoch), never below zero. */
export function useCountdown(due: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((due - now) / 1000));
}
