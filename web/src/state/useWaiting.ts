import { type RefObject, useCallback, useMemo } from "react";
import * as chat from "../api/chat";
import { faultOf, Problem } from "../api/http";
import { uuid } from "../lib/uuid";
import type { RefusedKind } from "./conversation";
import { notifyTabs } from "./crossTab";
import { type Content, returnToDraft } from "./drafts";
import { isReplying } from "./entries";
import { newestOf } from "./localMessages";
import { type Choice, sendQuestion } from "./sendQuestion";
import type { ConversationStore } from "./useConversation";
import { type Change, isAdding } from "./waiting";

/** waits: it is in the list; asked: the reply before it had ended; away: another session is open by now. */
export type Added = "waits" | "asked" | "refused" | "away";

/** done: the server has it; late: the question does not wait any more; failed: it may be tried again. */
export type Changed = "done" | "late" | "failed";

/** The changes of the waiting questions. Each is shown at once, and taken back if the server refuses it. */
export interface WaitingControls {
  /** Asks a question after the reply that runs. The caller must keep a refused one. */
  add: (content: Content) => Promise<Added>;
  reword: (turnId: string, text: string) => Promise<Changed>;
  remove: (turnId: string) => Promise<Changed>;
  resume: () => Promise<Changed>;
  discard: () => Promise<Changed>;
}

interface Options {
  store: ConversationStore;
  choice: RefObject<Choice>;
  reload: () => Promise<void>;
  onChanged: () => void;
}

const GONE = new Set(["not_waiting", "unknown_turn"]);

const isLate = (error: unknown) => error instanceof Problem && GONE.has(error.code);

/** Returns as what a refused change is reported; null for one that need not be made any more. */
function refusedKind({ type }: Change, error: unknown): RefusedKind | null {
  if (!isLate(error)) return "waiting";
  if (type === "edit") return "reworded";
  const isAsked = type === "remove" && error instanceof Problem && error.code === "not_waiting";
  return isAsked ? "asked" : null;
}

export function useWaiting({ store, choice, reload, onChanged }: Options): WaitingControls {
  const { dispatch } = store;

  const refresh = useCallback(() => {
    onChanged();
    reload().catch(() => undefined);
  }, [onChanged, reload]);

  const add = useCallback(
    async ({ text, files }: Content): Promise<Added> => {
      const { sessionId, messages, reply, waiting } = store.get();
      if (!sessionId || !isReplying(store.get()) || isAdding(waiting)) return "refused";
      const known = waiting.questions.map(({ turn_id }) => turn_id);
      const before = reply ? [reply.turnId, ...known] : known;
      const change: Change = { type: "add", key: uuid(), text, files, known };
      const here = () => store.get().sessionId === sessionId;
      dispatch({ type: "changing", change });
      try {
        const question = { text, files, replaceFrom: null };
        const after = newestOf(messages);
        const asked = await sendQuestion(sessionId, question, choice.current, after, before);
        notifyTabs(sessionId);
        if (!here()) return "away";
        dispatch({ type: "changed", change, turnId: asked.turnId, now: Date.now() });
        if (asked.waits) onChanged();
        else refresh();
        return asked.waits ? "waits" : "asked";
      } catch (error) {
        if (here()) {
          dispatch({ type: "unchanged", change });
          dispatch({ type: "refused", fault: faultOf(error), kind: "queued" });
          return "refused";
        }
        returnToDraft(sessionId, { text, files });
        return "away";
      }
    },
    [store, dispatch, choice, refresh, onChanged],
  );

  const apply = useCallback(
    async (change: Change, request: (sessionId: string) => Promise<unknown>): Promise<Changed> => {
      const { sessionId } = store.get();
      if (!sessionId) return "failed";
      const here = () => store.get().sessionId === sessionId;
      dispatch({ type: "changing", change });
      try {
        await request(sessionId);
        if (here()) dispatch({ type: "changed", change, now: Date.now() });
        notifyTabs(sessionId);
        if (here() && change.type !== "edit") refresh();
        return "done";
      } catch (error) {
        if (!here()) return "failed";
        dispatch({ type: "unchanged", change });
        const late = isLate(error);
        if (late) refresh();
        const kind = refusedKind(change, error);
        if (kind) dispatch({ type: "refused", fault: faultOf(error), kind });
        return late ? "late" : "failed";
      }
    },
    [store, dispatch, refresh],
  );

  return useMemo(
    () => ({
      add,
      reword: (turnId, text) =>
        apply({ type: "edit", turnId, text }, () => chat.changeWaiting(turnId, text)),
      remove: (turnId) => apply({ type: "remove", turnId }, () => chat.removeWaiting(turnId)),
      resume: () => apply({ type: "resume" }, chat.resumeWaiting),
      discard: () => apply({ type: "discard" }, chat.discardWaiting),
    }),
    [add, apply],
  );
}
