import { useI18n } from "../i18n/useI18n";
import { activeReply } from "../state/entries";
import { isOver } from "../state/reply";
import { useSelected } from "../state/store";
import type { ConversationStore } from "../state/useConversation";
import { RunningStatus } from "./ReplyStatus";

/** Says below a reply that another version is being written, and how far it is. */
export function NewVersion({ store }: { store: ConversationStore }) {
  const { t } = useI18n();
  const entry = activeReply(useSelected(store, (state) => state));
  const continues = useSelected(store, ({ replaced }) => replaced?.continues ?? false);
  if (!entry || isOver(entry.phase)) return null;
  return (
    <div className="new-version" data-testid="new-version">
      <span className="progress-line" aria-hidden="true" />
      <p className="status">{continues ? t.goingOn.running : t.rewriting}</p>
      <RunningStatus entry={entry} labelled />
    </div>
  );
}
