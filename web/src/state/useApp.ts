import { useCallback, useEffect, useMemo, useState } from "react";
import type { Hit, Session } from "../api/schemas";
import type { Jump } from "../components/useJump";
import { useI18n } from "../i18n/useI18n";
import { usePalette } from "../palette/usePalette";
import { useSharing } from "../share/useSharing";
import { useUnsent } from "../unsent/useUnsent";
import type { Conversation } from "./conversation";
import { useSelected } from "./store";
import { useArranging } from "./useArranging";
import { useCatalog } from "./useCatalog";
import { useChoice } from "./useChoice";
import { useCommands } from "./useCommands";
import { useConnection } from "./useConnection";
import { useConversation } from "./useConversation";
import { useData } from "./useData";
import { useNotice } from "./useNotice";
import { useRemoteChanges } from "./useRemoteChanges";
import { useRoute } from "./useRoute";
import { useSessionActions } from "./useSessionActions";
import { useFreshSettings } from "./useSessionSettings";
import { useSessions } from "./useSessions";
import { useSettings, useSettingsKey } from "./useSettings";
import { useShortcuts } from "./useShortcuts";
import { useSidebar } from "./useSidebar";
import { useTypeAnywhere } from "./useTypeAnywhere";
import { useUnread } from "./useUnread";
import { useUnreadMarks } from "./useUnreadMarks";
import { useVisible } from "./useVisible";

/** Joins the parts of the page's state, and returns what its components show and do. */
export function useApp() {
  const { t, locale } = useI18n();
  const route = useRoute();
  const catalog = useCatalog(locale);
  const sessions = useSessions(catalog.ready);
  const sidebar = useSidebar();
  const notice = useNotice();
  const [helping, setHelping] = useState(false);
  const [failed, setFailed] = useState(false);
  const choice = useChoice(catalog, route.sessionId);
  const fresh = useFreshSettings(route.sessionId);
  const settings = useSettings();
  const controls = useConversation({
    ready: catalog.ready,
    sessionId: route.sessionId,
    role: choice.role,
    model: choice.model?.id,
    thinking: choice.thinking,
    settings: fresh.toSend,
    onCreated: route.replace,
    onChanged: sessions.refresh,
  });
  const { store } = controls;
  useConnection(catalog.ready);
  const { replace } = route;
  const { refresh } = sessions;
  useUnsent({ ready: catalog.ready, controls, onBegun: replace, onChanged: refresh });
  const { adoptRole, adoptModel } = choice;
  const sessionRole = useSelected(store, (state) => state.role);
  const sessionModel = useSelected(store, (state) => state.model);
  const there = useSelected(store, (state) => (state.load === "ready" ? state.sessionId : null));
  const canClear = useSelected(store, (state) => state.messages.length > 0 && !state.before);
  useEffect(() => adoptRole(sessionRole), [adoptRole, sessionRole]);
  useEffect(() => adoptModel(sessionModel), [adoptModel, sessionModel]);

  const { go } = route;
  const { leave } = sidebar;
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
  const sharing = useSharing(catalog.models);
  const arranging = useArranging(catalog.ready, sessions, notice);
  const { actions, deletions, undo } = useSessionActions({
    arranging,
    share: sharing.share,
    sessions,
    route,
    notice,
    onOpen: open,
  });
  const data = useData({ sessions, route, notice });
  const list = useVisible(arranging.list, deletions);
  const isOpen = (one: Session) => one.session_id === route.sessionId;
  const current = sessions.sessions.find(isOpen) ?? arranging.list.sessions.find(isOpen);
  useRemoteChanges(current, controls);
  const lost = useSelected(store, isUnknown);
  const gone = lost || deletions.hides(route.sessionId);
  const commands = useCommands({ startNew, sidebar, store, notice, undo, help });
  const shortcuts = useShortcuts(commands);
  useSettingsKey(shortcuts.on);
  useTypeAnywhere(shortcuts.on);
  const palette = usePalette(shortcuts.on);

  const title = route.nowhere ? t.pageMissing : gone ? t.sessionMissing : current?.title;
  const { sessions: listed } = sessions;
  useUnread({ sessions: listed, currentId: route.sessionId, refresh });
  useUnreadMarks({ sessions: listed, currentId: route.sessionId, title, open });

  const clear = () => {
    setFailed(false);
    controls.clear().catch(() => setFailed(true));
  };
  const stored = useSelected(store, (state) => state.marks);
  const marks = arranging.latest[route.sessionId ?? ""] ?? stored;
  const shown = useMemo(
    () =>
      route.sessionId && !gone ? (current ?? { ...unlisted(route.sessionId), ...marks }) : null,
    [route.sessionId, gone, current, marks],
  );

  const place: Place = route.nowhere ? "nowhere" : gone ? "gone" : "chat";
  return {
    catalog,
    choice,
    fresh,
    controls,
    list,
    arranging,
    sharing,
    sidebar,
    notice,
    palette: { ...palette, commands },
    place,
    jump: { to: jump, set: setJump, found: openFound },
    sessions: { currentId: route.sessionId, shown, isHere: there === route.sessionId, startNew },
    actions,
    deletions,
    undo,
    clearing: { clear: canClear ? clear : undefined, failed, forget: () => setFailed(false) },
    dialogs: { data, settings, shortcuts, helping, help, closeHelp: () => setHelping(false) },
  };
}

/** What the middle of the page shows: a conversation, or that the address names none. */
export type Place = "chat" | "nowhere" | "gone";

export type App = ReturnType<typeof useApp>;

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
  pinned: false,
  archived: false,
  tags: [],
});
