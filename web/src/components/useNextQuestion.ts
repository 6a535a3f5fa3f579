import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import type { Conversation } from "../state/conversation";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";

const lastQuestion = ({ messages }: Conversation) =>
  messages.findLast(({ role }) => role === "user")?.id ?? null;

export interface NextQuestion {
  /** Brings the next question to the top when it appears, or again when its reply begins. */
  expect: () => void;
  /** Forgets that, because the question was refused. */
  cancel: () => void;
}

/** Brings a question that is about to be sent to the top once it is rendered. */
export function useNextQuestion(store: ConversationStore, toQuestion: () => void): NextQuestion {
  const last = useSelected(store, lastQuestion);
  const expected = useRef(false);

  useLayoutEffect(() => {
    if (!expected.current || last === null) return;
    expected.current = false;
    toQuestion();
  }, [last, toQuestion]);

  const expect = useCallback(() => {
    expected.current = true;
  }, []);
  const cancel = useCallback(() => {
    expected.current = false;
  }, []);
  return useMemo(() => ({ expect, cancel }), [expect, cancel]);
}
