import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import * as chat from "../api/chat";
import { faultOf, Problem } from "../api/http";
import type { History } from "../api/schemas";
import {
  type Action,
  type Conversation,
  emptyConversation,
  reduceConversation,
} from "./conversation";
import { notifyTabs } from "./crossTab";
import { moveDraft, returnToDraft } from "./drafts";
import { isBusy, isPartly } from "./entries";
import { recallKnown } from "./lastKnown";
import { newestOf } from "./localMessages";
import { beginSession, type Choice, kindOf, type Question, sendQuestion } from "./sendQuestion";
import { createStore, type Store } from "./store";
import { type Branches, useBranches } from "./useBranches";
import { useFollower } from "./useFollower";
import { type Found, useFound } from "./useFound";
import { useHistory } from "./useHistory";
import { useMissingReply } from "./useMissingReply";
import { useWaiting, type WaitingControls } from "./useWaiting";

interface Options extends Choice {
  /** Whether the browser has its identity. */
  ready: boolean;
  /** The session in the address; null for a new chat. */
  sessionId: string | null;
  onCreated: (sessionId: string) => void;
  onChanged: () => void;
}

export type ConversationStore = Store<Conversation, Action>;

export interface ConversationControls {
  store: ConversationStore;
  /** Returns false if the question was not sent; then the page is unchanged and the caller must keep the text. */
  send: (question: Question) => Promise<boolean>;
  stop: () => Promise<void>;
  clear: () => Promise<void>;
  reload: () => Promise<void>;
  branches: Branches;
  waiting: WaitingControls;
  found: Found;
  forgetFault: () => void;
}

/** Shows what this tab has read of the session, until the server lets it read more. Returns whether it had something. */
function showKnown({ get, dispatch }: ConversationStore, sessionId: string | null): boolean {
  const history = sessionId ? recallKnown<History>("history", sessionId) : null;
  if (!history || get().sessionId !== sessionId || get().load === "ready") return history !== null;
  dispatch({ type: "history", history, known: true });
  return true;
}

export function useConversation(options: Options): ConversationControls {
  const { ready, sessionId } = options;
  const [store] = useState(() => createStore(reduceConversation, emptyConversation(sessionId)));
  const { dispatch } = store;
  const chosen = useRef(options);
  const epoch = useRef(0);
  const known = useRef(false);
  chosen.current = options;

  const reload = useHistory(store, epoch);

  useEffect(() => {
    const same = store.get().sessionId === sessionId;
    if (!ready) {
      known.current = showKnown(store, sessionId);
      return;
    }
    if (same && store.get().load !== "loading" && !known.current) return;
    known.current = false;
    epoch.current += 1;
    if (!same || store.get().load === "loading") dispatch({ type: "opened", sessionId });
    reload().catch(() => undefined);
  }, [ready, sessionId, reload, store, dispatch]);

  const settle = useCallback(() => {
    chosen.current.onChanged();
    return reload();
  }, [reload]);

  useFollower(store, settle);
  useMissingReply(store);

  const onChanged = useCallback(() => chosen.current.onChanged(), []);
  const branches = useBranches({ store, epoch, reload, onRemoved: onChanged });
  const waiting = useWaiting({ store, choice: chosen, reload, onChanged });
  const found = useFound({ store, epoch });

  const send = useCallback(
    async (question: Question) => {
      const changing = branches.settled();
      if (changing) await changing;
      if (isBusy(store.get())) return false;
      const { otherBranch } = store.get();
      const follows = question.replaceFrom === null || otherBranch !== null;
      if (follows && isPartly(store.get()) && !(await found.toNewest())) return false;
      const choice = { ...chosen.current, ...question.using };
      const mine = ++epoch.current;
      const current = () => mine === epoch.current;
      const { messages, sessionId: opened, waiting: earlier } = store.get();
      const known = earlier.questions.map(({ turn_id }) => turn_id);
      let target = opened;
      const { text, files = [], replaceFrom, version, continues } = question;
      const place = { replaceFrom, version: version?.id, continues };
      const shown = { text: version?.text ?? text, files, ...place };
      dispatch({ type: "sending", ...shown, now: Date.now() });
      try {
        if (!target) {
          target = await beginSession(question, choice);
          if (current()) {
            moveDraft(target);
            dispatch({ type: "created", sessionId: target });
            chosen.current.onCreated(target);
          }
        }
        const after = newestOf(messages);
        const { turnId, waits } = await sendQuestion(target, question, choice, after, known);
        const model = continues ? undefined : choice.model;
        if (current() && !waits) dispatch({ type: "accepted", turnId, model });
        if (current() && waits) {
          dispatch({ type: "waits", turnId, text: text ?? "", files, now: Date.now() });
          void reload().catch(() => undefined);
        }
        chosen.current.onChanged();
        notifyTabs(target);
        return true;
      } catch (error) {
        if (!current()) {
          if (text !== null) returnToDraft(target, { text, files });
          return true;
        }
        dispatch({ type: "refused", fault: faultOf(error), kind: kindOf(question) });
        if (error instanceof Problem && error.code === "turn_running")
          setTimeout(() => void reload().catch(() => undefined));
        return false;
      }
    },
    [reload, branches, found, store, dispatch],
  );

  const stop = useCallback(async () => {
    const { reply } = store.get();
    if (reply) await chat.cancelTurn(reply.turnId);
  }, [store]);

  const clear = useCallback(async () => {
    const { sessionId: id } = store.get();
    if (!id) return;
    await chat.clearHistory(id);
    epoch.current += 1;
    await settle();
    notifyTabs(id);
  }, [settle, store]);

  const forgetFault = useCallback(() => dispatch({ type: "faultSeen" }), [dispatch]);
  return useMemo(
    () => ({ store, send, stop, clear, reload, branches, waiting, found, forgetFault }),
    [store, send, stop, clear, reload, branches, waiting, found, forgetFault],
  );
}
