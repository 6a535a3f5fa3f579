import { useCallback, useRef, useState } from "react";
import { focusBack } from "../lib/focus";
import type { Question } from "../state/deliver";
import type { ReplyEntry } from "../state/entries";
import type { Draft } from "../state/useDraft";

interface Sending {
  ask: (text: string) => Promise<void>;
  again: (entry: ReplyEntry) => void;
  resend: (id: string, text: string) => Promise<boolean>;
  /** Repeats what was refused; null where there is nothing to repeat, or an open editor does it. */
  repeat: (() => void) | null;
}

/** The ways to send something from the page; what is refused stays where it was written. */
export function useSending(
  send: (question: Question) => Promise<boolean>,
  toBottom: () => void,
  { text: written, write, restore }: Draft,
): Sending {
  const [failed, setFailed] = useState<Question | null>(null);
  const current = useRef(written);
  current.current = written;

  const put = useCallback(
    async (question: Question) => {
      toBottom();
      focusBack();
      const sent = await send(question);
      setFailed(sent ? null : question);
      return sent;
    },
    [send, toBottom],
  );
  const ask = useCallback(
    async (text: string) => {
      if (text === current.current) write("");
      if (!(await put({ text, replaceFrom: null }))) restore(text);
    },
    [put, write, restore],
  );
  const again = useCallback(
    (entry: ReplyEntry) => void put({ text: null, replaceFrom: entry.id }),
    [put],
  );
  const resend = useCallback((id: string, text: string) => put({ text, replaceFrom: id }), [put]);

  const repeat = () => {
    if (failed?.text === null) void put(failed);
    else if (written.trim()) void ask(written);
  };
  const isOpenEdit = failed?.text !== null && failed?.replaceFrom !== null;
  return { ask, again, resend, repeat: failed && !isOpenEdit ? repeat : null };
}
