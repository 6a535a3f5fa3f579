import { type RefObject, useCallback, useMemo, useRef } from "react";
import * as chat from "../api/chat";
import type { Fault } from "../api/fault";
import { faultOf } from "../api/http";
import type { HistoryPart } from "../api/schemas";
import { notifyTabs } from "./crossTab";
import { isBusy, isPartly } from "./entries";
import { readBranch } from "./readBranch";
import type { Draw } from "./useBranches";
import type { ConversationStore } from "./useConversation";

export interface Found {
  /** Loads the messages around one that was found, on its branch. Returns why it cannot, or null. */
  show: (messageId: string, draw: Draw) => Promise<Fault | null>;
  /** Loads the messages around one of the branch that the session shows. Returns whether the page has them now. */
  around: (messageId: string, draw: Draw) => Promise<boolean>;
  /** Loads the newest messages of the branch that the session shows. Returns whether the page has them now. */
  toNewest: () => Promise<boolean>;
  loadLater: () => Promise<void>;
}

interface Options {
  store: ConversationStore;
  /** Counts what outdates a running request. */
  epoch: RefObject<number>;
}

/** Reads parts of the open conversation that are not its newest messages. */
export function useFound({ store, epoch }: Options): Found {
  const { dispatch } = store;

  const show = useCallback(
    async (messageId: string, draw: Draw) => {
      await accepted(store);
      const { sessionId } = store.get();
      const isThere = store.get().messages.some(({ id }) => id === messageId);
      if (!sessionId || (isThere && !store.get().otherBranch)) {
        draw(() => undefined);
        return null;
      }
      const mine = ++epoch.current;
      try {
        const { part, otherBranch } = await readAround(sessionId, messageId, () =>
          isBusy(store.get()),
        );
        if (mine !== epoch.current) return null;
        draw(() => dispatch({ type: "around", part, otherBranch }));
        return null;
      } catch (error) {
        return mine === epoch.current ? faultOf(error) : null;
      }
    },
    [store, epoch, dispatch],
  );

  const around = useCallback(
    async (messageId: string, draw: Draw) => {
      const { sessionId } = store.get();
      const mine = ++epoch.current;
      const part = sessionId
        ? await chat.readPart(sessionId, { around: messageId }).catch(() => null)
        : null;
      if (!part?.is_shown || mine !== epoch.current) return false;
      draw(() => dispatch({ type: "around", part, otherBranch: null }));
      return true;
    },
    [store, epoch, dispatch],
  );

  const reading = useRef<Promise<boolean> | null>(null);
  const toNewest = useCallback(async () => {
    reading.current ??= readNewest(store, epoch).finally(() => {
      reading.current = null;
    });
    return reading.current;
  }, [store, epoch]);

  const loadLater = useCallback(async () => {
    const { sessionId, messages, later, loadingLater } = store.get();
    const after = messages.at(-1)?.id;
    if (!sessionId || !after || !later || loadingLater === "loading") return;
    dispatch({ type: "laterAsked" });
    try {
      dispatch({ type: "later", after, part: await chat.readPart(sessionId, { after }) });
    } catch {
      dispatch({ type: "laterFailed", sessionId });
    }
  }, [store, dispatch]);

  return useMemo(
    () => ({ show, around, toNewest, loadLater }),
    [show, around, toNewest, loadLater],
  );
}

async function readNewest(store: ConversationStore, epoch: RefObject<number>): Promise<boolean> {
  const { sessionId } = store.get();
  if (!sessionId || !isPartly(store.get())) return true;
  const mine = ++epoch.current;
  try {
    const history = await readBranch(sessionId, []);
    if (mine !== epoch.current) return false;
    store.dispatch({ type: "history", history });
    return true;
  } catch (error) {
    if (mine === epoch.current)
      store.dispatch({ type: "refused", fault: faultOf(error), kind: "reading" });
    return false;
  }
}

/** Waits for the answer to a send in flight, because a change of the messages would outdate it. */
const accepted = (store: ConversationStore) =>
  new Promise<void>((resolve) => {
    const check = () => {
      if (store.get().before) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = store.subscribe(check);
    check();
  });

interface Around {
  part: HistoryPart;
  /** The message, if the session shows another branch. */
  otherBranch: string | null;
}

/** Reads the page around a message. Shows its branch first, except while a reply runs: then it is only read. */
async function readAround(
  sessionId: string,
  messageId: string,
  isBusy: () => boolean,
): Promise<Around> {
  const read = () => chat.readPart(sessionId, { around: messageId });
  const part = await read();
  if (part.is_shown) return { part, otherBranch: null };
  if (isBusy() || part.active_turn) return { part, otherBranch: messageId };
  try {
    await chat.showBranch(sessionId, messageId);
  } catch (error) {
    // Another device has asked a question meanwhile.
    if (faultOf(error).code !== "turn_running") throw error;
    return { part, otherBranch: messageId };
  }
  notifyTabs(sessionId);
  return { part: await read(), otherBranch: null };
}
