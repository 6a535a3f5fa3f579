/** Instead of a session id: all sessions, which were deleted, or others that were imported. */
export const ALL = "all";

/** Notifies the other tabs of this browser when a session changes, so that they update at once. */
const channel =
  typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("holdfast.sessions");

export function notifyTabs(sessionId: string | null): void {
  if (sessionId) channel?.postMessage(sessionId);
}

export function onTabMessage(handle: (sessionId: string) => void): () => void {
  const listener = (event: MessageEvent<string>) => handle(event.data);
  channel?.addEventListener("message", listener);
  return () => channel?.removeEventListener("message", listener);
}
