import { useI18n } from "../i18n/useI18n";
import { isBusy } from "../state/entries";
import { useSelected } from "../state/store";
import type { ConversationControls } from "../state/useConversation";
import { InfoIcon } from "./ui/icons";

interface OtherBranchProps {
  controls: Pick<ConversationControls, "store" | "found">;
  /** Goes to the newest message of the branch that the session shows. */
  onLeave: () => void;
  /** Shows the branch that is read, at its found message. */
  onShow: (messageId: string) => void;
}

/** Says that the messages are of a branch that the session does not show, and offers both ways on. */
export function OtherBranch({ controls, onLeave, onShow }: OtherBranchProps) {
  const { store } = controls;
  const { t } = useI18n();
  const messageId = useSelected(store, ({ otherBranch }) => otherBranch);
  const busy = useSelected(store, isBusy);
  if (!messageId) return null;
  return (
    <p className="notice calm" data-testid="other-branch">
      <InfoIcon />
      <span>{busy ? t.otherBranchBusy : t.otherBranch}</span>
      {!busy && (
        <button
          type="button"
          className="button small"
          data-testid="show-branch"
          onClick={() => onShow(messageId)}
        >
          {t.showBranch}
        </button>
      )}
      <button type="button" className="button small" data-testid="leave-branch" onClick={onLeave}>
        {t.leaveBranch}
      </button>
    </p>
  );
}
