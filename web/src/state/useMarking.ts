import { useCallback, useEffect, useMemo, useState } from "react";
import * as chat from "../api/chat";
import type { Fault } from "../api/fault";
import { faultOf } from "../api/http";
import type { Session } from "../api/schemas";
import { sentenceFor } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { ALL, notifyTabs } from "./crossTab";
import { type Marks, withMarks } from "./marks";
import { UNDO_TIME } from "./useDeletions";
import type { Notice } from "./useNotice";

/** A change of marks that can be undone: what to say, and the sessions as they were. */
interface Undoable {
  text: string;
  before: readonly Session[];
}

export interface Marking {
  /** Changes the marks of sessions at once. `text`: what was done, where it can be undone. */
  mark: (
    sessions: readonly Session[],
    change: (session: Session) => Partial<Marks>,
    text?: string,
  ) => void;
  undoable: Undoable | null;
  undo: () => void;
  dismiss: () => void;
  hold: (held: boolean) => void;
}

interface Options {
  /** Shows sessions with other marks. */
  show: (sessions: readonly Session[]) => void;
  refresh: () => void;
  notice: Pick<Notice, "tell">;
}

/** Requests that run at the same time. */
const ROW = 4;

/** Sends all changes. Returns the places of those that were refused, and the first reason. */
async function sendAll(sessions: readonly Session[], changes: readonly Partial<Marks>[]) {
  const refused: number[] = [];
  let fault: Fault | null = null;
  for (let start = 0; start < sessions.length; start += ROW) {
    const row = sessions.slice(start, start + ROW);
    const results = await Promise.allSettled(
      row.map(({ session_id }, at) => chat.markSession(session_id, changes[start + at] ?? {})),
    );
    results.forEach((result, at) => {
      if (result.status === "fulfilled") return;
      refused.push(start + at);
      fault ??= faultOf(result.reason);
    });
  }
  return { refused, fault: fault as Fault | null };
}

/** Pins, archives and tags sessions; what the server refuses is shown as before. */
export function useMarking({ show, refresh, notice }: Options): Marking {
  const { t } = useI18n();
  const { tell } = notice;
  const [undoable, setUndoable] = useState<Undoable | null>(null);
  const [held, hold] = useState(false);

  const send = useCallback(
    async (before: readonly Session[], changes: readonly Partial<Marks>[]) => {
      show(before.map((one, at) => withMarks(one, changes[at] ?? {})));
      const { refused, fault } = await sendAll(before, changes);
      if (fault) {
        show(before.filter((_, at) => refused.includes(at)));
        setUndoable(null);
        tell(sentenceFor(t, fault));
      }
      refresh();
      notifyTabs(before.length === 1 ? (before[0]?.session_id ?? null) : ALL);
    },
    [show, refresh, tell, t],
  );

  const mark = useCallback<Marking["mark"]>(
    (sessions, change, text) => {
      const before = [...sessions];
      setUndoable(text ? { text, before } : null);
      if (text) announce(text);
      void send(before, before.map(change));
    },
    [send],
  );

  const dismiss = useCallback(() => {
    hold(false);
    setUndoable(null);
  }, []);

  const undo = useCallback(() => {
    if (!undoable) return;
    const { before } = undoable;
    dismiss();
    announce(t.arrange.undone);
    void send(
      before,
      before.map(({ pinned, archived, tags }) => (pinned ? { pinned, tags } : { archived, tags })),
    );
  }, [undoable, dismiss, send, t]);

  useEffect(() => {
    if (!undoable || held) return;
    const timer = setTimeout(dismiss, UNDO_TIME);
    return () => clearTimeout(timer);
  }, [undoable, held, dismiss]);

  return useMemo(() => ({ mark, undoable, undo, dismiss, hold }), [mark, undoable, undo, dismiss]);
}
