import { useEffect, useState } from "react";
import { listSessions } from "../api/chat";
import { useI18n } from "../i18n/useI18n";
import { hasMore } from "../state/sessionList";
import type { Arranging } from "../state/useArranging";
import type { Sessions } from "../state/useSessions";

interface ListEndProps {
  list: Sessions;
  searching: boolean;
  arranging: Pick<Arranging, "view" | "setView" | "latest">;
}

/** Below the list of sessions: a failure, what loads more, or why the list is empty. */
export function ListEnd({ list, searching, arranging }: ListEndProps) {
  const { t } = useI18n();
  if (list.load === "failed") return <Failed text={t.sessionsFailed} onRetry={list.refresh} />;
  if (list.moreFailed) return <Failed text={t.moreFailed} onRetry={list.loadMore} />;
  if (hasMore(list)) {
    return (
      <button
        type="button"
        className="button small more"
        data-testid="more-sessions"
        disabled={searching}
        onClick={list.loadMore}
      >
        {searching ? t.searching : t.moreSessions}
      </button>
    );
  }
  if (list.load === "loading" || list.sessions.length > 0 || searching) return null;
  const { archived, tag } = arranging.view;
  if (tag !== null) return <p className="sidebar-note">{t.arrange.tagEmpty}</p>;
  if (archived) return <p className="sidebar-note">{t.arrange.archiveEmpty}</p>;
  return <NoSessions {...arranging} />;
}

/** Says that there are no sessions, or that all of them are in the archive. */
function NoSessions({ latest, setView }: Pick<Arranging, "setView" | "latest">) {
  const { t } = useI18n();
  const [found, setFound] = useState(false);
  useEffect(() => {
    let ended = false;
    listSessions(1, 0, { archived: true, tag: null }).then(
      ({ sessions }) => !ended && setFound(sessions.some(({ archived }) => archived)),
      () => undefined,
    );
    return () => {
      ended = true;
    };
  }, []);
  // The server may have answered before it had stored what was archived here just now.
  const archived = found || Object.values(latest).some((marks) => marks.archived);
  if (!archived) return <p className="sidebar-note">{t.noSessions}</p>;
  return (
    <div className="sidebar-note">
      <p>{t.arrange.allArchived}</p>
      <button
        type="button"
        className="button small"
        data-testid="to-archive"
        onClick={() => setView({ archived: true, tag: null })}
      >
        {t.arrange.openArchive}
      </button>
    </div>
  );
}

function Failed({ text, onRetry }: { text: string; onRetry: () => void }) {
  const { t } = useI18n();
  return (
    <div className="sidebar-note" data-testid="list-failed">
      <p>{text}</p>
      <button type="button" className="button small" onClick={onRetry}>
        {t.retry}
      </button>
    </div>
  );
}
