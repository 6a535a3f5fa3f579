import { useSyncExternalStore } from "react";

/** The text of the page's only live region: the latest announcement. */
let latest = "";
const listeners = new Set<() => void>();

export function announce(text: string): void {
  // Screen readers do not repeat an unchanged text; a non-breaking space, which is silent, changes it.
  latest = text && text === latest ? `${text}\u00a0` : text;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useAnnounced = () => useSyncExternalStore(subscribe, () => latest);
