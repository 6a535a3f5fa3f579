import { useI18n } from "../i18n/useI18n";
import type { Conversation } from "../state/conversation";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";

const isPart = ({ earlier, later }: Conversation) => earlier || later;

/** Says on paper that the conversation goes on before or after what is printed. */
export function PrintNote({ store }: { store: ConversationStore }) {
  const { t } = useI18n();
  return useSelected(store, isPart) ? <p className="print-only">{t.printPartly}</p> : null;
}
