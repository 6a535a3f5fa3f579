import { useI18n } from "../i18n/useI18n";
import { copyText } from "../lib/clipboard";
import { focusComposer, focusQuestion, focusSearch } from "../lib/focus";
import type { Command } from "../lib/shortcuts";
import type { Conversation } from "./conversation";
import type { ConversationStore } from "./useConversation";
import type { Notice } from "./useNotice";
import type { SidebarState } from "./useSidebar";
import { themeAfter, useTheme } from "./useTheme";

interface Options {
  startNew: () => void;
  sidebar: SidebarState;
  store: ConversationStore;
  notice: Notice;
  undo: () => void;
  help: () => void;
}

const lastReply = ({ reply, messages }: Conversation) =>
  reply?.text || messages.findLast(({ role }) => role === "assistant")?.content || "";

/** The actions of the keyboard shortcuts. */
export function useCommands(options: Options): Record<Command, () => void> {
  const { startNew, sidebar, store, notice, undo, help } = options;
  const { t } = useI18n();
  const [theme, choose] = useTheme();
  return {
    newChat: () => {
      startNew();
      focusComposer();
    },
    search: () => {
      sidebar.open();
      focusSearch();
    },
    composer: () => {
      sidebar.leave();
      focusComposer();
    },
    answer: () => {
      sidebar.leave();
      if (!focusQuestion()) notice.tell(t.tools.noQuestion);
    },
    sidebar: sidebar.toggle,
    copyReply: () => {
      const text = lastReply(store.get());
      if (!text) return notice.tell(t.nothingToCopy);
      void copyText(text).then((done) => notice.tell(done ? t.replyCopied : t.copyFailed));
    },
    undo,
    theme: () => {
      const next = themeAfter(theme);
      choose(next);
      notice.tell(`${t.theme}${t.colon}${t.themes[next]}`);
    },
    help,
  };
}
