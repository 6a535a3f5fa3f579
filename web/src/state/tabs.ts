/** Tells the other tabs of this browser that a session has changed, so that they follow it at once. */
const channel =
  typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("holdfast.sessions");

export function tellTabs(sessionId: string | null): void {
  if (sessionId) channel?.postMessage(sessionId);
}

export function onTabNews(hear: (sessionId: string) => void): () => void {
  const listener = (event: MessageEvent<string>) => hear(event.data);
  channel?.addEventListener("message", listener);
  return () => channel?.removeEventListener("message", listener);
}
