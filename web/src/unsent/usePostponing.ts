import { useCallback, useMemo } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { uuid } from "../lib/uuid";
import { connection, isReachable } from "../state/connection";
import type { Content } from "../state/drafts";
import { dropSend, keptKey } from "../state/outbox";
import type { Choice } from "../state/sendQuestion";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import { changeUnsent, unsent } from "./unsent";

const AWAY = ["network", "server_unavailable"];

export interface Postponing {
  /** Whether a question that is sent now is kept until later: without a connection, or where others wait before it. */
  later: boolean;
  postpone: (content: Content) => void;
  /** Postpones a question that could not be sent, if the server was away. Returns whether it did. */
  postponeFailed: (content: Content) => boolean;
}

/** Keeps questions that cannot be sent now. */
export function usePostponing(store: ConversationStore, choice: Choice): Postponing {
  const { t } = useI18n();
  const sessionId = useSelected(store, (state) => state.sessionId);
  const away = useSelected(connection, (state) => !isReachable(state));
  const others = useSelected(unsent, (list) => list.some(({ place }) => place === sessionId));
  const { role, model, thinking } = choice;

  const postpone = useCallback(
    ({ text, files }: Content) => {
      const { sessionId: place } = store.get();
      const key = keptKey(place, { text, files, replaceFrom: null }) ?? uuid();
      changeUnsent({
        type: "add",
        question: { key, place, text, files, role, model, thinking, fault: null },
      });
      dropSend(place);
      announce(t.unsent.kept);
    },
    [store, role, model, thinking, t],
  );

  const postponeFailed = useCallback(
    (content: Content) => {
      const { fault } = store.get();
      if (!fault || !AWAY.includes(fault.code)) return false;
      store.dispatch({ type: "faultSeen" });
      postpone(content);
      return true;
    },
    [store, postpone],
  );
  const later = away || others;
  return useMemo(() => ({ later, postpone, postponeFailed }), [later, postpone, postponeFailed]);
}
