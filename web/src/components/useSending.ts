import { useCallback, useState } from "react";
import { focusBack } from "../lib/focus";
import type { Content } from "../state/drafts";
import type { ReplyEntry } from "../state/entries";
import type { LostVersion } from "../state/replaced";
import type { Question, Using } from "../state/sendQuestion";
import type { Draft } from "../state/useDraft";
import type { Edited } from "../state/useEditing";
import type { NextQuestion } from "./useNextQuestion";

interface Sending {
  ask: (content: Content) => Promise<void>;
  /** Answers the question again, by another model or persona where `using` has one. */
  again: (entry: Pick<ReplyEntry, "id">, using?: Using) => void;
  /** Has a reply go on that stopped early. */
  goOn: (entry: Pick<ReplyEntry, "id">) => void;
  resend: (edited: Edited) => Promise<boolean>;
  /** Asks again for the version that was lost. */
  retry: (lost: LostVersion) => void;
  /** Repeats the refused request; null if there is none, or if an open editor repeats it. */
  repeat: (() => void) | null;
  /** Whether `repeat` sends what is in the composer. */
  repeatsDraft: boolean;
}

const filesOf = ({ files }: Pick<Question, "files">) => (files ? { files } : {});

/** Sends new, edited and repeated questions. A refused text stays in its field. */
export function useSending(
  send: (question: Question) => Promise<boolean>,
  next: NextQuestion,
  { text: written, files: attached, take, restore }: Draft,
  postpone: (content: Content) => boolean,
): Sending {
  const [failed, setFailed] = useState<Question | null>(null);

  const put = useCallback(
    async (question: Question) => {
      const isNew = question.replaceFrom === null;
      // A new question appears at once, an edited one when it is accepted; a reply stays until another one's first word.
      if (isNew || question.text !== null || question.version) next.expect();
      focusBack();
      const sent = await send(question);
      if (!sent) next.cancel();
      setFailed(sent ? null : question);
      return sent;
    },
    [send, next],
  );
  const ask = useCallback(
    async ({ text, files }: Content) => {
      if (await put({ text, files, replaceFrom: null })) return;
      if (!postpone({ text, files })) restore(text, files);
    },
    [put, restore, postpone],
  );
  const again = useCallback(
    ({ id }: Pick<ReplyEntry, "id">, using?: Using) =>
      void put({ text: null, replaceFrom: id, ...(using ? { using } : {}) }),
    [put],
  );
  const goOn = useCallback(
    ({ id }: Pick<ReplyEntry, "id">) => void put({ text: null, replaceFrom: id, continues: true }),
    [put],
  );
  const resend = useCallback(
    ({ id, ...content }: Edited) => put({ ...content, replaceFrom: id }),
    [put],
  );

  const retry = useCallback(
    ({ replaceFrom, question: version, continues = false }: LostVersion) =>
      void put({
        text: null,
        replaceFrom,
        continues,
        ...(version ? { ...filesOf(version), version } : {}),
      }),
    [put],
  );

  const repeatsDraft = failed !== null && failed.text !== null;
  const repeat = () => {
    if (failed && !repeatsDraft) void put(failed);
    else if (written.get().trim() || attached.length > 0) void ask(take());
  };
  const isOpenEdit = repeatsDraft && failed.replaceFrom !== null;
  return {
    ask,
    again,
    goOn,
    resend,
    retry,
    repeat: failed && !isOpenEdit ? repeat : null,
    repeatsDraft,
  };
}
