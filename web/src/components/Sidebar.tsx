import { type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Hit } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { ariaKeys, isMac, keysOf } from "../lib/shortcuts";
import { paletteKeys } from "../palette/usePalette";
import { hasMore, matching } from "../state/sessionList";
import type { Arranging } from "../state/useArranging";
import { useMessageSearch } from "../state/useMessageSearch";
import type { Sessions } from "../state/useSessions";
import { ArchiveHead } from "./arrange/ArchiveHead";
import { ListOptions } from "./arrange/ListOptions";
import { SelectBar } from "./arrange/SelectBar";
import { SelectHead } from "./arrange/SelectHead";
import { TagFilter } from "./arrange/TagFilter";
import { Brand } from "./Brand";
import { FoundMessages } from "./FoundMessages";
import { ListEnd } from "./ListEnd";
import { moveInList } from "./listKeys";
import { Preferences } from "./Preferences";
import { SessionGroups } from "./SessionGroups";
import type { SessionActions } from "./SessionMenu";
import { IconButton } from "./ui/IconButton";
import { LightningIcon, PlusIcon, SearchIcon, SidebarIcon } from "./ui/icons";

interface SidebarProps {
  list: Sessions;
  arranging: Arranging;
  currentId: string | null;
  actions: SessionActions;
  /** Opens a result of the search. */
  onFound: (hit: Hit) => void;
  isHidden: (sessionId: string) => boolean;
  onNew: () => void;
  onClose: () => void;
  onHelp: () => void;
  onPalette: () => void;
}

export const Sidebar = memo(function Sidebar(props: SidebarProps) {
  const { list, arranging, currentId, actions, onFound, isHidden, onNew, onClose } = props;
  const { onHelp, onPalette } = props;
  const { view, selection, select } = arranging;
  const { t } = useI18n();
  const [query, setQuery] = useState("");
  const searching = query.trim() !== "";
  const found = searching ? matching(list.sessions, query) : list.sessions;
  const { loadMore } = list;
  const { next, moreFailed } = list;
  const more = hasMore(list);
  const box = useRef<HTMLElement>(null);
  const search = useMessageSearch(query);
  const hits = useMemo(
    // The list has the titles, but for those of archived conversations.
    () =>
      search.hits.filter(
        (hit) => (hit.message_id !== null || hit.archived) && !isHidden(hit.session_id),
      ),
    [search.hits, isHidden],
  );
  const nothing =
    searching && !more && found.length === 0 && hits.length === 0 && (search.done || !search.query);

  // A search covers all sessions, so the remaining pages are loaded one after the other.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each loaded page triggers the next one
  useEffect(() => {
    if (searching && more && !moreFailed) loadMore();
  }, [searching, more, next, moreFailed, loadMore]);

  const ids = useMemo(() => found.map(({ session_id }) => session_id), [found]);
  const chosen = useMemo(
    () => found.filter(({ session_id }) => selection.ids.includes(session_id)),
    [found, selection.ids],
  );
  const toggle = useCallback(
    (id: string, range: boolean) => select({ type: "toggled", id, range, listed: ids }),
    [select, ids],
  );
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const leaves = selection.on && event.key === "Escape" && !event.nativeEvent.isComposing;
    if (!leaves) return moveInList(event);
    event.stopPropagation();
    select({ type: "ended" });
  };

  return (
    <aside className="sidebar" id="sidebar" aria-label={t.sessions} onKeyDown={onKeyDown}>
      <div className="sidebar-head">
        <Brand />
        <IconButton
          label={t.palette.open}
          keys={paletteKeys(isMac())}
          className="palette-opener"
          testId="open-palette"
          onClick={onPalette}
        >
          <LightningIcon />
        </IconButton>
        <IconButton
          label={t.closeSidebar}
          keys={keysOf("sidebar", isMac())}
          className="sidebar-closer"
          onClick={onClose}
        >
          <SidebarIcon />
        </IconButton>
      </div>
      <button
        type="button"
        className="new-chat"
        data-testid="new-chat"
        aria-keyshortcuts={ariaKeys("newChat", isMac())}
        onClick={onNew}
      >
        <PlusIcon />
        {t.newChat}
      </button>
      <div className="search-line">
        <label className="search">
          <SearchIcon size={16} />
          <input
            type="search"
            aria-label={t.search}
            placeholder={t.search}
            aria-keyshortcuts={ariaKeys("search", isMac())}
            data-testid="search"
            maxLength={200}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Escape" || !query || event.nativeEvent.isComposing) return;
              event.preventDefault();
              event.stopPropagation();
              setQuery("");
            }}
          />
        </label>
        <ListOptions {...arranging} />
      </div>
      {selection.on ? (
        <SelectHead selection={selection} select={select} listed={ids} />
      ) : (
        <>
          {view.archived && <ArchiveHead setView={arranging.setView} />}
          {!searching && <TagFilter {...arranging} />}
        </>
      )}
      <nav className="session-list" aria-label={t.sessions} ref={box}>
        <SessionGroups
          sessions={found}
          currentId={currentId}
          actions={actions}
          chosen={selection.on ? selection.ids : null}
          onToggle={toggle}
        />
        {nothing && (
          <p className="sidebar-note" data-testid="no-matches">
            {t.noMatches}
          </p>
        )}
        <ListEnd list={list} searching={searching} arranging={arranging} />
        <FoundMessages
          search={search}
          hits={hits}
          titles={found.length}
          box={box}
          onChoose={onFound}
        />
      </nav>
      {selection.on && (
        <SelectBar
          arranging={arranging}
          chosen={chosen}
          onExport={actions.saveMany}
          onRemove={actions.removeMany}
        />
      )}
      <Preferences onHelp={onHelp} />
    </aside>
  );
});
