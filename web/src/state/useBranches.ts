import { type RefObject, useCallback, useMemo, useRef } from "react";
import * as chat from "../api/chat";
import { faultOf, Problem } from "../api/http";
import { notifyTabs } from "./crossTab";
import { isBusy } from "./entries";
import { readBranch } from "./readBranch";
import type { ConversationStore } from "./useConversation";

/** Applies the new messages, so that the caller can keep the place of what it shows. */
export type Draw = (change: () => void) => void;

export interface Branches {
  /** Shows another version of a message, with all that follow it. Returns whether the page shows it now. */
  show: (messageId: string, draw: Draw) => Promise<boolean>;
  /** Deletes a message with all that follow it. Returns whether the page shows what is left. */
  remove: (messageId: string, draw: Draw) => Promise<boolean>;
  /** Waits for the change in flight, if any, so that a question follows the branch that its result shows. */
  settled: () => Promise<unknown> | null;
}

interface Options {
  store: ConversationStore;
  /** Counts what outdates a running request. */
  epoch: RefObject<number>;
  reload: () => Promise<void>;
  onRemoved: () => void;
}

type Kind = "version" | "removal";

/** Shows and deletes branches of the open conversation, one at a time. Refusals become the conversation's fault. */
export function useBranches({ store, epoch, reload, onRemoved }: Options): Branches {
  const inFlight = useRef<Promise<boolean> | null>(null);

  const change = useCallback(
    async (kind: Kind, request: (sessionId: string) => Promise<unknown>, draw: Draw) => {
      const { sessionId } = store.get();
      if (!sessionId || isBusy(store.get())) return false;
      let mine = ++epoch.current;
      try {
        await request(sessionId);
        notifyTabs(sessionId);
        if (mine !== epoch.current) return false;
        mine = ++epoch.current; // a history that was asked for meanwhile may have the old branch
        const history = await readBranch(sessionId, store.get().messages);
        if (mine !== epoch.current) return false;
        draw(() => store.dispatch({ type: "branch", history, removed: kind === "removal" }));
        return true;
      } catch (error) {
        if (mine !== epoch.current) return false;
        store.dispatch({ type: "refused", fault: faultOf(error), kind });
        if (error instanceof Problem && error.status > 0) void reload().catch(() => undefined);
        return false;
      }
    },
    [store, epoch, reload],
  );

  const alone = useCallback(async (begin: () => Promise<boolean>) => {
    if (inFlight.current) return false;
    inFlight.current = begin();
    try {
      return await inFlight.current;
    } finally {
      inFlight.current = null;
    }
  }, []);

  const show = useCallback(
    (id: string, draw: Draw) =>
      alone(() => change("version", (session) => chat.showBranch(session, id), draw)),
    [alone, change],
  );
  const remove = useCallback(
    async (id: string, draw: Draw) => {
      const removed = await alone(() =>
        change("removal", (session) => chat.deleteMessage(session, id), draw),
      );
      if (removed) onRemoved();
      return removed;
    },
    [alone, change, onRemoved],
  );
  const settled = useCallback(() => inFlight.current, []);
  return useMemo(() => ({ show, remove, settled }), [show, remove, settled]);
}
