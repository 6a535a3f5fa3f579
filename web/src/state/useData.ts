import { useCallback, useState } from "react";
import { eraseAll } from "../api/transfer";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { ALL, notifyTabs } from "./crossTab";
import { forgetDraft } from "./drafts";
import type { Notice } from "./useNotice";
import type { Route } from "./useRoute";
import type { Sessions } from "./useSessions";

interface Options {
  sessions: Pick<Sessions, "sessions" | "refresh">;
  route: Pick<Route, "replace">;
  notice: Notice;
}

export interface DataControls {
  isOpen: boolean;
  open: () => void;
  close: () => void;
  imported: () => void;
  /** Deletes everything. Throws `Problem`. */
  erase: () => Promise<void>;
}

/** The dialog with the user's data, and what its results change on the page and in other tabs. */
export function useData({ sessions, route, notice }: Options): DataControls {
  const { t } = useI18n();
  const [isOpen, setOpen] = useState(false);
  const { sessions: listed, refresh } = sessions;
  const { replace } = route;
  const { tell } = notice;
  const open = useCallback(() => setOpen(true), []);
  const close = useCallback(() => setOpen(false), []);
  const imported = useCallback(() => {
    refresh();
    notifyTabs(ALL);
  }, [refresh]);
  const erase = useCallback(async () => {
    const count = await eraseAll();
    for (const { session_id } of listed) forgetDraft(session_id);
    replace(null);
    refresh();
    notifyTabs(ALL);
    setOpen(false);
    tell(t.erased(count));
    announce(t.erased(count));
  }, [listed, replace, refresh, tell, t]);
  return { isOpen, open, close, imported, erase };
}
