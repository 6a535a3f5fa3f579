import { useEffect, useState } from "react";

/** True once `so` has been true for `time` milliseconds. */
export function useHasBeenTrueFor(so: boolean, time: number): boolean {
  const [stays, setStays] = useState(false);
  useEffect(() => {
    if (!so) return setStays(false);
    const timer = setTimeout(() => setStays(true), time);
    return () => clearTimeout(timer);
  }, [so, time]);
  return stays && so;
}
