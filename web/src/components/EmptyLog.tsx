import type { Persona } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import { LoadFailed, Loading } from "./LoadState";
import { Welcome } from "./Welcome";

interface EmptyLogProps {
  store: ConversationStore;
  persona: Persona | undefined;
  onReload: () => void;
  onNew: () => void;
}

/** Shown instead of messages: they are loading, cannot be loaded, or there are none yet. */
export function EmptyLog({ store, persona, onReload, onNew }: EmptyLogProps) {
  const { t } = useI18n();
  const load = useSelected(store, (state) => state.load);
  const fault = useSelected(store, (state) => state.loadFault);
  if (load === "failed" && fault)
    return <LoadFailed title={t.loadFailed} fault={fault} onRetry={onReload} onNew={onNew} />;
  return load === "loading" ? <Loading /> : <Welcome persona={persona} />;
}
