/**
 * What this tab has read last, so that it stays readable when the page is loaded again and the server refuses or cannot
 * be reached. It is kept with the tab and goes with it.
 */
const PREFIX = "holdfast.known.";
/** Characters above which something is not kept: browsers keep some five million in all. */
const LARGEST = 1_000_000;

export type Known = "personas" | "models" | "sessions" | "history" | "user";

export function keepKnown(name: Known, place: string, value: unknown): void {
  try {
    const text = JSON.stringify({ place, value });
    if (text.length <= LARGEST) sessionStorage.setItem(PREFIX + name, text);
    else sessionStorage.removeItem(PREFIX + name);
  } catch {
    // Storage may be blocked or full.
  }
}

/** Returns what was kept last under a name, if it was for this place: a session, a language. */
export function recallKnown<T>(name: Known, place: string): T | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
    return kept?.place === place ? (kept.value as T) : null;
  } catch {
    return null;
  }
}

/** Forgets what another user has read in this tab. */
export function claimKnown(userId: string): void {
  if (recallKnown("user", "") === userId) return;
  forgetKnown("sessions");
  forgetKnown("history");
  keepKnown("user", "", userId);
}

export function forgetKnown(name: Known): void {
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // See above.
  }
}
