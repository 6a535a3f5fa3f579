/** What a request shows about the way to the server; `slow`: it has had no answer for a while. */
export type Evidence = "answered" | "unreachable" | "slow";

const listeners = new Set<(evidence: Evidence) => void>();

/** Calls the listener with what each request shows. Returns a function that ends this. */
export function onEvidence(listener: (evidence: Evidence) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function note(evidence: Evidence): void {
  for (const listener of [...listeners]) listener(evidence);
}
