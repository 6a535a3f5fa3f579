import { useCallback, useEffect, useState } from "react";
import { changeSettings } from "../api/chat";
import type { SessionSettings } from "../api/schemas";
import { notifyTabs } from "./crossTab";
import { isAnySet, NOTHING_SET } from "./sessionSettings";
import { useSelected } from "./store";
import type { ConversationControls } from "./useConversation";

export interface FreshSettings {
  value: SessionSettings;
  set: (settings: SessionSettings) => void;
  /** What a conversation that begins is started with; undefined where nothing is set. */
  toSend: SessionSettings | undefined;
}

/** What is set for a conversation that has not begun. The next new one begins without it. */
export function useFreshSettings(sessionId: string | null): FreshSettings {
  const [value, set] = useState(NOTHING_SET);
  useEffect(() => {
    if (sessionId !== null) set(NOTHING_SET);
  }, [sessionId]);
  return { value, set, toSend: isAnySet(value) ? value : undefined };
}

export interface SettingsControls {
  value: SessionSettings;
  /** Throws `Problem`. */
  save: (settings: SessionSettings) => Promise<void>;
}

/** What is set for the open conversation, or for the one that begins. */
export function useSessionSettings(
  { store, reload }: Pick<ConversationControls, "store" | "reload">,
  fresh: FreshSettings,
): SettingsControls {
  const stored = useSelected(store, (state) => state.settings);
  const sessionId = useSelected(store, (state) => state.sessionId);
  const { set } = fresh;
  const save = useCallback(
    async (settings: SessionSettings) => {
      if (!sessionId) return set(settings);
      await changeSettings(sessionId, settings);
      await reload();
      notifyTabs(sessionId);
    },
    [sessionId, set, reload],
  );
  return { value: sessionId ? stored : fresh.value, save };
}
