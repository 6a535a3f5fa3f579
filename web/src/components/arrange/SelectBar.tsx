import type { Session } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import type { TextFormat } from "../../state/exportMany";
import type { Arranging } from "../../state/useArranging";
import { IconButton } from "../ui/IconButton";
import { ArchiveIcon, BracesIcon, DocumentIcon, TagIcon, TrashIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { MenuItem } from "../ui/MenuItem";

interface SelectBarProps {
  arranging: Arranging;
  /** The conversations that are chosen. */
  chosen: readonly Session[];
  onExport: (sessions: readonly Session[], format: TextFormat) => void;
  onRemove: (sessions: readonly Session[]) => void;
}

/** What can be done with all conversations that are chosen. */
export function SelectBar({ arranging, chosen, onExport, onRemove }: SelectBarProps) {
  const { t } = useI18n();
  const { view, select, archive, editTags } = arranging;
  const none = chosen.length === 0;
  const then = (act: () => void) => () => {
    act();
    select({ type: "ended" });
  };
  return (
    <div className="select-bar" role="toolbar" aria-label={t.arrange.selectActions}>
      <IconButton
        label={view.archived ? t.arrange.unarchive : t.arrange.archive}
        testId="archive-selected"
        disabled={none}
        onClick={then(() => archive(chosen))}
      >
        <ArchiveIcon />
      </IconButton>
      <IconButton
        label={t.arrange.editTags}
        testId="tag-selected"
        disabled={none}
        onClick={() => editTags(chosen)}
      >
        <TagIcon />
      </IconButton>
      {none ? (
        <IconButton label={t.saveJson} disabled onClick={() => undefined}>
          <DocumentIcon />
        </IconButton>
      ) : (
        <Menu
          label={t.arrange.exportSelected}
          className="icon-button"
          testId="export-selected"
          trigger={<DocumentIcon />}
        >
          <MenuItem
            icon={<DocumentIcon />}
            title={t.saveMarkdown}
            testId="export-selected-markdown"
            onSelect={() => onExport(chosen, "markdown")}
          />
          <MenuItem
            icon={<BracesIcon />}
            title={t.saveJson}
            testId="export-selected-json"
            onSelect={() => onExport(chosen, "json")}
          />
        </Menu>
      )}
      <IconButton
        label={t.remove}
        className="danger"
        testId="delete-selected"
        disabled={none}
        onClick={then(() => onRemove(chosen))}
      >
        <TrashIcon />
      </IconButton>
    </div>
  );
}
