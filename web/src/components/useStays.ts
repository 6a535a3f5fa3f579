import { useEffect, useState } from "react";

/** True once something has been so for a while, in milliseconds. */
export function useStays(so: boolean, time: number): boolean {
  const [stays, setStays] = useState(false);
  useEffect(() => {
    if (!so) return setStays(false);
    const timer = setTimeout(() => setStays(true), time);
    return () => clearTimeout(timer);
  }, [so, time]);
  return stays && so;
}
