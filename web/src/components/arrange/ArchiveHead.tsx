import { useI18n } from "../../i18n/useI18n";
import type { Arranging } from "../../state/useArranging";
import { IconButton } from "../ui/IconButton";
import { PreviousIcon } from "../ui/icons";

/** Says that the list is the archive, and leads back. */
export function ArchiveHead({ setView }: Pick<Arranging, "setView">) {
  const { t } = useI18n();
  return (
    <div className="archive-head" data-testid="archive">
      <IconButton
        label={t.arrange.leaveArchive}
        className="small"
        testId="leave-archive"
        onClick={() => setView({ archived: false, tag: null })}
      >
        <PreviousIcon size={16} />
      </IconButton>
      <span>{t.arrange.archiveView}</span>
    </div>
  );
}
