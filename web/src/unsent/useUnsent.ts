import { useEffect, useRef } from "react";
import { connection, isReachable } from "../state/connection";
import { notifyTabs } from "../state/crossTab";
import { moveDraft } from "../state/drafts";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import { sendAll } from "./sendUnsent";
import { readUnsent, unsent, waitOf } from "./unsent";

interface Options {
  ready: boolean;
  controls: Pick<ConversationControls, "store" | "reload">;
  /** Opens the session of a new chat whose questions were sent. */
  onBegun: (sessionId: string) => void;
  onChanged: () => void;
}

/** Sends what waits as soon as the server can be reached, and shows it in the open conversation. */
export function useUnsent(options: Options): void {
  const current = useRef(options);
  current.current = options;
  const list = useSelected(unsent, (all) => all);
  const connected = useSelected(connection, isReachable);
  const { ready } = options;

  useEffect(() => {
    const onStorage = ({ key }: StorageEvent) => key?.endsWith(".unsent") && readUnsent();
    window.addEventListener("storage", onStorage);
    return () => window.removeEventListener("storage", onStorage);
  }, []);

  useEffect(() => {
    if (!ready || !connected || list.length === 0) return;
    const send = () => void sendAll(listenerOf(() => current.current));
    send();
    const wait = waitOf(list, Date.now());
    const timer = wait === null ? undefined : setTimeout(send, wait + 50);
    return () => clearTimeout(timer);
  }, [ready, connected, list]);
}

const listenerOf = (options: () => Options) => ({
  onBegun(sessionId: string) {
    const { controls, onBegun } = options();
    if (controls.store.get().sessionId !== null) return;
    moveDraft(sessionId);
    onBegun(sessionId);
  },
  onSent(sessionId: string) {
    const { controls, onChanged } = options();
    onChanged();
    notifyTabs(sessionId);
    if (controls.store.get().sessionId === sessionId) controls.reload().catch(() => undefined);
  },
});
