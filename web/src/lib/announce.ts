import { useSyncExternalStore } from "react";

/** The text of the page's only live region: the latest announcement. */
let latest = "";
const listeners = new Set<() => void>();
/** Milliseconds after which a screen reader has taken an announcement, however busy it is. */
const TAKEN = 10_000;
let clearing: ReturnType<typeof setTimeout> | undefined;

/** Announces a text, and removes it later: who reads the page line by line would find a finished reply twice. */
export function announce(text: string): void {
  // Screen readers do not repeat an unchanged text; a non-breaking space, which is silent, changes it.
  put(text && text === latest ? `${text}\u00a0` : text);
  clearTimeout(clearing);
  clearing = setTimeout(put, TAKEN, "");
}

function put(text: string): void {
  latest = text;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useAnnounced = () => useSyncExternalStore(subscribe, () => latest);
