import { memo } from "react";
import { useI18n } from "../i18n/useI18n";
import { isSame, type QuestionEntry } from "../state/entries";
import type { Edited } from "../state/useEditing";
import { Byline } from "./Byline";
import { useBusy } from "./busy";
import { MessageFiles } from "./files/MessageFiles";
import { QuestionText } from "./QuestionText";
import { RemoveButton } from "./RemoveButton";
import { CopyButton } from "./ui/CopyButton";
import { IconButton } from "./ui/IconButton";
import { EditIcon } from "./ui/icons";
import type { BranchActions } from "./useBranchActions";
import { useNearness } from "./useNearness";
import { VersionSwitch } from "./VersionSwitch";

interface QuestionActionsProps {
  entry: QuestionEntry;
  onEdit: (question: Edited) => void;
  branches: BranchActions;
}

interface QuestionViewProps extends QuestionActionsProps {
  /** Whether its actions are drawn once it is near what is visible. Counts when the question is drawn first. */
  late?: boolean;
}

function QuestionViewBody({ late = false, ...props }: QuestionViewProps) {
  const { entry } = props;
  const { t } = useI18n();
  const waits = late && !entry.versions && !entry.sending && !entry.unanswered;
  const [place, near] = useNearness<HTMLDivElement>(waits);
  return (
    <article
      className="question"
      aria-label={t.you}
      data-testid="message"
      data-role="user"
      data-message-id={entry.id ?? ""}
      data-state={entry.sending ? "sending" : "sent"}
    >
      <MessageFiles files={entry.files} />
      {entry.text || entry.files.length > 0 ? (
        <QuestionText text={entry.text} />
      ) : (
        <p className="status">{t.toolResults}</p>
      )}
      {near ? <QuestionActions {...props} /> : <div className="actions" ref={place} />}
    </article>
  );
}

function QuestionActions({ entry, onEdit, branches }: QuestionActionsProps) {
  const { t } = useI18n();
  const busy = useBusy();
  const { id } = entry;
  return (
    <div className="actions">
      <Byline name="" at={entry.at} />
      {entry.sending ? (
        <span className="note">{t.sending}</span>
      ) : (
        <CopyButton label={t.copy} text={() => entry.text} testId="copy" />
      )}
      {id && !busy && (
        <IconButton
          label={t.edit}
          className="small"
          testId="edit"
          onClick={() => onEdit({ id, text: entry.text, files: entry.files })}
        >
          <EditIcon size={16} />
        </IconButton>
      )}
      {id && !busy && (
        <RemoveButton
          kind="user"
          versions={entry.versions !== null}
          onRemove={() => branches.remove(id)}
        />
      )}
      {entry.unanswered && (
        <span className="note" data-testid="unanswered">
          {t.unanswered}
        </span>
      )}
      {entry.versions && (
        <VersionSwitch
          versions={entry.versions}
          busy={busy}
          onShow={(version, step) => branches.show(id ?? "", version, step)}
        />
      )}
    </div>
  );
}

export const QuestionView = memo(
  QuestionViewBody,
  (one, other) =>
    isSame(one.entry, other.entry) &&
    one.onEdit === other.onEdit &&
    one.branches === other.branches,
);
