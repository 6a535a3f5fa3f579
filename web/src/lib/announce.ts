import { useSyncExternalStore } from "react";

/** What the page's one live region says: the latest of what anything on the page had to tell. */
let said = "";
const listeners = new Set<() => void>();

export function announce(text: string): void {
  // The same words again would not be read again; a space that nobody hears makes them others.
  said = text && text === said ? `${text}\u00a0` : text;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useAnnounced = () => useSyncExternalStore(subscribe, () => said);
