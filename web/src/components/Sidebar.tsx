import { useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { byPeriod, matching } from "../state/sessionList";
import type { Sessions } from "../state/useSessions";
import { Brand } from "./Brand";
import { IconButton } from "./IconButton";
import { CloseIcon, PlusIcon, SearchIcon } from "./icons";
import { type SessionActions, SessionRow } from "./SessionRow";

/** A list that fits on one screen needs no search. */
const SEARCH_FROM = 8;

interface SidebarProps {
  list: Sessions;
  currentId: string | null;
  actions: SessionActions;
  onNew: () => void;
  onClose: () => void;
}

export function Sidebar({ list, currentId, actions, onNew, onClose }: SidebarProps) {
  const { t } = useI18n();
  const [query, setQuery] = useState("");
  const searchable = list.total > SEARCH_FROM;
  const found = searchable ? matching(list.sessions, query) : list.sessions;
  return (
    <aside className="sidebar" id="sidebar" aria-label={t.sessions}>
      <div className="sidebar-head">
        <Brand />
        <IconButton label={t.closeSidebar} className="drawer-only" onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </div>
      <button type="button" className="new-chat" data-testid="new-chat" onClick={onNew}>
        <PlusIcon />
        {t.newChat}
      </button>
      {searchable && (
        <label className="search">
          <SearchIcon size={16} />
          <input
            type="search"
            aria-label={t.search}
            placeholder={t.search}
            data-testid="search"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
      )}
      <nav className="session-list" aria-label={t.sessions}>
        {byPeriod(found, new Date()).map(([period, sessions]) => (
          <section key={period}>
            <h2>{t[period]}</h2>
            <ul>
              {sessions.map((session) => (
                <SessionRow
                  key={session.session_id}
                  session={session}
                  current={session.session_id === currentId}
                  actions={actions}
                />
              ))}
            </ul>
          </section>
        ))}
        {searchable && found.length === 0 && <p className="sidebar-note">{t.noMatches}</p>}
        <SidebarFoot list={list} />
      </nav>
    </aside>
  );
}

function SidebarFoot({ list }: { list: Sessions }) {
  const { t } = useI18n();
  if (list.load === "failed") {
    return (
      <div className="sidebar-note">
        <p>{t.sessionsFailed}</p>
        <button type="button" className="button small" onClick={list.refresh}>
          {t.retry}
        </button>
      </div>
    );
  }
  if (list.load === "ready" && list.sessions.length === 0)
    return <p className="sidebar-note">{t.noSessions}</p>;
  if (list.sessions.length >= list.total) return null;
  return (
    <button type="button" className="button small more" onClick={list.loadMore}>
      {t.moreSessions}
    </button>
  );
}
