import { useCallback } from "react";
import { eraseAll } from "../api/transfer";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { closeSettings } from "../lib/settingsAddress";
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
  imported: () => void;
  /** Deletes everything. Throws `Problem`. */
  erase: () => Promise<void>;
}

/** What the steps of the user's data change on the page and in other tabs. */
export function useData({ sessions, route, notice }: Options): DataControls {
  const { t } = useI18n();
  const { sessions: listed, refresh } = sessions;
  const { replace } = route;
  const { tell } = notice;
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
    closeSettings();
    tell(t.erased(count));
    announce(t.erased(count));
  }, [listed, replace, refresh, tell, t]);
  return { imported, erase };
}
