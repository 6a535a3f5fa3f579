import { useCallback, useMemo, useRef } from "react";
import type { Session } from "../api/schemas";
import type { ExportFormat } from "../api/transfer";
import type { SessionActions } from "../components/SessionMenu";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusNeighbour, focusSession } from "../lib/focus";
import { isMac, keysOf } from "../lib/shortcuts";
import { shorten } from "../lib/shorten";
import { exportMany } from "./exportMany";
import type { Arranging } from "./useArranging";
import { type Deletions, useDeletions } from "./useDeletions";
import { useExport } from "./useExport";
import type { Notice } from "./useNotice";
import type { Route } from "./useRoute";
import type { Sessions } from "./useSessions";

interface Options {
  sessions: Sessions;
  route: Route;
  notice: Notice;
  onOpen: (sessionId: string) => void;
  arranging: Pick<Arranging, "pin" | "archive" | "editTags" | "marking">;
  share: SessionActions["share"];
}

export interface SessionControls {
  actions: SessionActions;
  deletions: Deletions;
  undo: () => void;
}

/** The actions of a session's menu. Each reports its failure. */
export function useSessionActions(options: Options): SessionControls {
  const { sessions, route, notice, onOpen, arranging, share } = options;
  const { pin, archive, editTags, marking } = arranging;
  const { t } = useI18n();
  const { tell } = notice;
  const { rename } = sessions;
  const saveAs = useExport();
  const nameOf = useCallback((session: Session) => session.title || t.untitled, [t]);
  const deletions = useDeletions((session) => tell(t.removeFailed(shorten(nameOf(session)))));
  const { waiting, remove, undo: takeBack } = deletions;
  const { undo: undoMarks } = marking;
  const left = useRef<string | null>(null);
  const current = useRef(route);
  current.current = route;

  const actions = useMemo<SessionActions>(
    () => ({
      open: onOpen,
      rename: (sessionId, title) =>
        void rename(sessionId, title).then(
          () => announce(t.renamed(title)),
          () => tell(t.renameFailed),
        ),
      save: (session: Session, format: ExportFormat) =>
        void saveAs(session.session_id, format).then(
          () => announce(t.saved),
          () => tell(t.saveFailed),
        ),
      remove: (session) => {
        const { sessionId, replace } = current.current;
        focusNeighbour(session.session_id);
        remove(session);
        announce(t.removedSay(nameOf(session), keysOf("undo", isMac()).join(" + ")));
        if (sessionId !== session.session_id) return;
        left.current = sessionId;
        replace(null);
      },
      pin,
      archive: (session) => {
        focusNeighbour(session.session_id);
        archive([session]);
      },
      tag: (session) => editTags([session]),
      share,
      removeMany: (sessions) => {
        const { sessionId, replace } = current.current;
        for (const session of sessions) remove(session);
        announce(t.removedMany(sessions.length));
        if (!sessions.some(({ session_id }) => session_id === sessionId)) return;
        left.current = sessionId;
        replace(null);
      },
      saveMany: (sessions, format) =>
        void exportMany(
          sessions.map(({ session_id }) => session_id),
          format,
        ).then(
          () => announce(t.saved),
          () => tell(t.saveFailed),
        ),
    }),
    [onOpen, rename, saveAs, remove, pin, archive, editTags, share, nameOf, tell, t],
  );

  const undo = useCallback(() => {
    const last = waiting.at(-1);
    if (!last) return undoMarks();
    takeBack();
    announce(t.restored(waiting.length));
    const open = waiting.find(({ session_id }) => session_id === left.current);
    const { sessionId, nowhere, replace } = current.current;
    if (open && sessionId === null && !nowhere) replace(open.session_id);
    else focusSession(last.session_id);
  }, [waiting, takeBack, undoMarks, t]);

  return { actions, deletions, undo };
}
