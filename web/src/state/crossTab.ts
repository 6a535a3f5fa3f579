/** Instead of a session id: all sessions, which were deleted, or others that were imported. */
export const ALL = "all";

const NAME = "holdfast.sessions";
const handlers = new Set<(sessionId: string) => void>();
let channel = open();

/** Notifies the other tabs of this browser when a session changes, so that they update at once. */
export function notifyTabs(sessionId: string | null): void {
  if (sessionId) channel?.postMessage(sessionId);
}

export function onTabMessage(handle: (sessionId: string) => void): () => void {
  handlers.add(handle);
  return () => void handlers.delete(handle);
}

function open(): BroadcastChannel | null {
  if (typeof BroadcastChannel === "undefined") return null;
  const opened = new BroadcastChannel(NAME);
  opened.onmessage = ({ data }: MessageEvent<string>) => {
    for (const handle of [...handlers]) handle(data);
  };
  return opened;
}

// A page that was left is only kept by the browser if it receives nothing.
window.addEventListener("pagehide", () => {
  channel?.close();
  channel = null;
});
window.addEventListener("pageshow", () => {
  channel ??= open();
});
