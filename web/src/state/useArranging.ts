import { useCallback, useMemo, useReducer, useState } from "react";
import type { Session } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { ALL_SHOWN, changedTags, isFiltered, type Marks, marksOf, type View } from "./marks";
import { NO_SELECTION, reduceSelection, type Selection, type SelectionAction } from "./selection";
import { type Marking, useMarking } from "./useMarking";
import type { Notice } from "./useNotice";
import { type Sessions, useSessions } from "./useSessions";
import { type Tags, useTags } from "./useTags";

export interface Arranging {
  view: View;
  setView: (view: View) => void;
  /** The sessions of the view. */
  list: Sessions;
  tags: Tags;
  marking: Marking;
  pin: (session: Session) => void;
  /** The marks that were set here last, by session: of those that are in no list, too. */
  latest: Readonly<Record<string, Marks>>;
  /** Archives sessions, or takes archived ones out of the archive. */
  archive: (sessions: readonly Session[]) => void;
  /** The sessions whose tags are being edited. */
  tagged: readonly Session[] | null;
  editTags: (sessions: readonly Session[] | null) => void;
  saveTags: (added: readonly string[], removed: readonly string[]) => void;
  selection: Selection;
  select: (action: SelectionAction) => void;
}

/** The order that the reader makes in the list: views, marks, and sessions that are chosen together. */
export function useArranging(
  ready: boolean,
  shown: Sessions,
  notice: Pick<Notice, "tell">,
): Arranging {
  const { t } = useI18n();
  const [view, show] = useState(ALL_SHOWN);
  const filtered = useSessions(ready && isFiltered(view), view);
  const tags = useTags(ready);
  const [tagged, editTags] = useState<readonly Session[] | null>(null);
  const [selection, select] = useReducer(reduceSelection, NO_SELECTION);

  const { showMarks: showOne, refresh: refreshOne } = shown;
  const { showMarks: showOther, refresh: refreshOther } = filtered;
  const { refresh: refreshTags } = tags;
  const isOther = isFiltered(view);
  const [latest, setLatest] = useState<Readonly<Record<string, Marks>>>({});
  const showMarks = useCallback(
    (sessions: readonly Session[]) => {
      setLatest((known) => ({
        ...known,
        ...Object.fromEntries(sessions.map((one) => [one.session_id, marksOf(one)])),
      }));
      showOne(sessions);
      showOther(sessions);
    },
    [showOne, showOther],
  );
  const refresh = useCallback(() => {
    refreshOne();
    refreshTags();
    if (isOther) refreshOther();
  }, [refreshOne, refreshTags, refreshOther, isOther]);
  const marking = useMarking({ show: showMarks, refresh, notice });
  const { mark } = marking;

  const setView = useCallback((next: View) => {
    select({ type: "ended" });
    show(next);
  }, []);
  const pin = useCallback(
    (session: Session) => mark([session], ({ pinned }) => ({ pinned: !pinned })),
    [mark],
  );
  const archive = useCallback(
    (sessions: readonly Session[]) => {
      const archived = !sessions.every((one) => one.archived);
      const text = archived ? t.arrange.archived : t.arrange.unarchived;
      mark(sessions, () => ({ archived }), text(sessions.length));
    },
    [mark, t],
  );
  const saveTags = useCallback(
    (added: readonly string[], removed: readonly string[]) => {
      if (!tagged || (added.length === 0 && removed.length === 0)) return;
      const text = tagged.length > 1 ? t.arrange.tagged(tagged.length) : undefined;
      mark(tagged, (one) => ({ tags: changedTags(one.tags, added, removed) }), text);
    },
    [mark, tagged, t],
  );
  const list = isOther ? filtered : shown;
  const marks = { pin, archive, tagged, editTags, saveTags };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the fields of `marks` are named
  return useMemo(
    () => ({ view, setView, list, tags, marking, latest, ...marks, selection, select }),
    [view, setView, list, tags, marking, latest, pin, archive, tagged, saveTags, selection],
  );
}
