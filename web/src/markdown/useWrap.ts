import { useSyncExternalStore } from "react";
import { prefer, usePreference } from "../state/preferences";

const NARROW = "(max-width: 559px)";

function onChange(changed: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

/** Whether long lines of code are wrapped: as the reader chose, otherwise on narrow screens alone. */
export function useWrap(): [boolean, (wraps: boolean) => void] {
  const chosen = usePreference("codeWrap");
  const narrow = useSyncExternalStore(onChange, () => matchMedia(NARROW).matches);
  const wraps = chosen === "auto" ? narrow : chosen === "on";
  return [wraps, (next) => prefer({ codeWrap: next ? "on" : "off" })];
}
