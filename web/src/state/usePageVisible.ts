import { useSyncExternalStore } from "react";

function subscribe(notify: () => void): () => void {
  document.addEventListener("visibilitychange", notify);
  return () => document.removeEventListener("visibilitychange", notify);
}

const isVisible = () => document.visibilityState === "visible";

/** Whether the reader can see the page. */
export const usePageVisible = () => useSyncExternalStore(subscribe, isVisible);
