import { useCallback, useMemo, useRef } from "react";
import type { Session } from "../api/schemas";
import type { ExportFormat } from "../api/transfer";
import type { SessionActions } from "../components/SessionMenu";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusNeighbour, focusSession } from "../lib/focus";
import { isMac, keysOf } from "../lib/shortcuts";
import { shorten } from "../lib/shorten";
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
}

export interface SessionControls {
  actions: SessionActions;
  deletions: Deletions;
  undo: () => void;
}

/** The actions of a session's menu. Each reports its failure. */
export function useSessionActions(options: Options): SessionControls {
  const { sessions, route, notice, onOpen } = options;
  const { t } = useI18n();
  const { tell } = notice;
  const { rename } = sessions;
  const saveAs = useExport();
  const nameOf = useCallback((session: Session) => session.title || t.untitled, [t]);
  const deletions = useDeletions((session) => tell(t.removeFailed(shorten(nameOf(session)))));
  const { waiting, remove, undo: takeBack } = deletions;
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
    }),
    [onOpen, rename, saveAs, remove, nameOf, tell, t],
  );

  const undo = useCallback(() => {
    const last = waiting.at(-1);
    if (!last) return;
    takeBack();
    announce(t.restored(waiting.length));
    const open = waiting.find(({ session_id }) => session_id === left.current);
    const { sessionId, nowhere, replace } = current.current;
    if (open && sessionId === null && !nowhere) replace(open.session_id);
    else focusSession(last.session_id);
  }, [waiting, takeBack, t]);

  return { actions, deletions, undo };
}
