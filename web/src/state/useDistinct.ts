import { useCallback, useRef, useState } from "react";

/** State that an equal value leaves alone: React may render a component once more to find out that nothing changed. */
export function useDistinct<Value>(initial: Value): [Value, (next: Value) => void] {
  const [value, setValue] = useState(initial);
  const latest = useRef(initial);
  const set = useCallback((next: Value) => {
    if (Object.is(latest.current, next)) return;
    latest.current = next;
    setValue(() => next);
  }, []);
  return [value, set];
}
