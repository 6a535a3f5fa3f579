import { useCallback, useRef, useState } from "react";
import { focusBack } from "../lib/focus";
import type { ReplyEntry } from "../state/entries";
import type { LostVersion } from "../state/replaced";
import type { Question } from "../state/sendQuestion";
import type { Draft } from "../state/useDraft";

interface Sending {
  ask: (text: string) => Promise<void>;
  again: (entry: Pick<ReplyEntry, "id">) => void;
  resend: (id: string, text: string) => Promise<boolean>;
  /** Asks again for the version that was lost. */
  retry: (lost: LostVersion) => void;
  /** Repeats the refused request; null if there is none, or if an open editor repeats it. */
  repeat: (() => void) | null;
}

/** Sends new, edited and repeated questions. A refused text stays in its field. */
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
      const isNew = question.replaceFrom === null;
      if (isNew) toBottom();
      focusBack();
      const sent = await send(question);
      // The messages that an edit replaces stay until it is accepted, a reply until the first word of another one.
      if (sent && !isNew && (question.text !== null || question.version)) toBottom();
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
    ({ id }: Pick<ReplyEntry, "id">) => void put({ text: null, replaceFrom: id }),
    [put],
  );
  const resend = useCallback((id: string, text: string) => put({ text, replaceFrom: id }), [put]);

  const retry = useCallback(
    ({ replaceFrom, question: version }: LostVersion) =>
      void put({ text: null, replaceFrom, ...(version ? { version } : {}) }),
    [put],
  );

  const repeat = () => {
    if (failed?.text === null) void put(failed);
    else if (written.trim()) void ask(written);
  };
  const isOpenEdit = failed?.text !== null && failed?.replaceFrom !== null;
  return { ask, again, resend, retry, repeat: failed && !isOpenEdit ? repeat : null };
}
