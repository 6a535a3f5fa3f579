import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import type { Hit } from "./api/schemas";
import { Chat } from "./components/Chat";
import { Header } from "./components/Header";
import { Pickers } from "./components/Pickers";
import { SessionMenu } from "./components/SessionMenu";
import { ShortcutSheet } from "./components/ShortcutSheet";
import { Sidebar } from "./components/Sidebar";
import { Toasts } from "./components/Toasts";
import { LiveRegion } from "./components/ui/LiveRegion";
import type { Jump } from "./components/useJump";
import { useI18n } from "./i18n/useI18n";
import type { Conversation } from "./state/conversation";
import { useSelected } from "./state/store";
import { useCatalog } from "./state/useCatalog";
import { useChoice } from "./state/useChoice";
import { useCommands } from "./state/useCommands";
import { useConversation } from "./state/useConversation";
import { useData } from "./state/useData";
import { useNotice } from "./state/useNotice";
import { useRemoteChanges } from "./state/useRemoteChanges";
import { useRoute } from "./state/useRoute";
import { useSessionActions } from "./state/useSessionActions";
import { useSessions } from "./state/useSessions";
import { useShortcuts } from "./state/useShortcuts";
import { useSidebar } from "./state/useSidebar";
import { useVisible } from "./state/useVisible";

const DataDialog = lazy(() => import("./components/data/DataDialog"));

export function App() {
  const { t, locale } = useI18n();
  const route = useRoute();
  const catalog = useCatalog(locale);
  const sessions = useSessions(catalog.ready);
  const sidebar = useSidebar();
  const notice = useNotice();
  const [helping, setHelping] = useState(false);
  const [failed, setFailed] = useState(false);
  const choice = useChoice(catalog, route.sessionId);
  const controls = useConversation({
    ready: catalog.ready,
    sessionId: route.sessionId,
    role: choice.role,
    model: choice.model?.id,
    thinking: choice.thinking,
    onCreated: route.replace,
    onChanged: sessions.refresh,
  });
  const { store } = controls;
  const { adoptRole, adoptModel } = choice;
  const sessionRole = useSelected(store, (state) => state.role);
  const sessionModel = useSelected(store, (state) => state.model);
  const there = useSelected(store, (state) => (state.load === "ready" ? state.sessionId : null));
  const canClear = useSelected(store, (state) => state.messages.length > 0 && !state.before);
  useEffect(() => adoptRole(sessionRole), [adoptRole, sessionRole]);
  useEffect(() => adoptModel(sessionModel), [adoptModel, sessionModel]);

  const { go } = route;
  const { leave, close } = sidebar;
  const open = useCallback(
    (sessionId: string | null) => {
      leave();
      go(sessionId);
    },
    [leave, go],
  );
  const [jump, setJump] = useState<Jump | null>(null);
  const openFound = useCallback(
    ({ session_id, message_id }: Hit) => {
      open(session_id);
      setJump(message_id ? { sessionId: session_id, messageId: message_id } : null);
    },
    [open],
  );
  const startNew = useCallback(() => open(null), [open]);
  const help = useCallback(() => setHelping(true), []);
  const { actions, deletions, undo } = useSessionActions({
    sessions,
    route,
    notice,
    onOpen: open,
  });
  const data = useData({ sessions, route, notice });
  const list = useVisible(sessions, deletions);
  const current = sessions.sessions.find((one) => one.session_id === route.sessionId);
  useRemoteChanges(current, controls);
  const lost = useSelected(store, isUnknown);
  const gone = lost || deletions.hides(route.sessionId);
  const commands = useCommands({ startNew, sidebar, store, notice, undo, help });
  const shortcuts = useShortcuts(commands);

  const title = route.nowhere ? t.pageMissing : gone ? t.sessionMissing : current?.title;
  useEffect(() => {
    document.title = title ? `${title} · ${t.brand}` : t.brand;
  }, [title, t]);

  const clear = () => {
    setFailed(false);
    controls.clear().catch(() => setFailed(true));
  };
  const shown = useMemo(
    () => (route.sessionId && !gone ? (current ?? unlisted(route.sessionId)) : null),
    [route.sessionId, gone, current],
  );

  return (
    <div className={`app${sidebar.drawer ? " drawer-open" : ""}${sidebar.folded ? " folded" : ""}`}>
      <Sidebar
        list={list}
        currentId={route.sessionId}
        actions={actions}
        onFound={openFound}
        isHidden={deletions.hides}
        onNew={startNew}
        onClose={close}
        onHelp={help}
        onData={data.open}
      />
      <button
        type="button"
        className="scrim"
        tabIndex={-1}
        aria-label={t.closeSidebar}
        onClick={sidebar.leave}
      />
      <main className="main" inert={sidebar.drawer}>
        <Header
          pickers={<Pickers catalog={catalog} choice={choice} />}
          menu={
            shown &&
            there === route.sessionId && (
              <SessionMenu
                session={shown}
                actions={actions}
                className="icon-button"
                testId="open-session-menu"
                onClear={canClear ? clear : undefined}
              />
            )
          }
          onNew={startNew}
          onOpenSidebar={sidebar.open}
        />
        <Chat
          place={route.nowhere ? "nowhere" : gone ? "gone" : "chat"}
          catalog={catalog}
          choice={choice}
          controls={controls}
          jump={jump}
          onJump={setJump}
          actionFailed={failed}
          onFailureSeen={() => setFailed(false)}
          onNew={startNew}
        />
      </main>
      <Toasts deletions={deletions} notice={notice} onUndo={undo} />
      <LiveRegion />
      {data.isOpen && (
        <Suspense>
          <DataDialog onImported={data.imported} onErase={data.erase} onClose={data.close} />
        </Suspense>
      )}
      {helping && (
        <ShortcutSheet
          on={shortcuts.on}
          onTurn={shortcuts.turn}
          onClose={() => setHelping(false)}
        />
      )}
    </div>
  );
}

const isUnknown = ({ load, loadFault }: Conversation) =>
  load === "failed" && loadFault?.code === "unknown_session";

/** The open session if it is beyond the loaded part of the list. */
const unlisted = (session_id: string) => ({
  session_id,
  title: "",
  role: "",
  model: null,
  created_at: 0,
  updated_at: 0,
  active_turn: null,
  leaf: null,
  waiting_revision: 0,
});
