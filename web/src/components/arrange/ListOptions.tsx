import { useI18n } from "../../i18n/useI18n";
import type { Arranging } from "../../state/useArranging";
import { ArchiveIcon, DotsIcon, SelectIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { MenuItem } from "../ui/MenuItem";

/** What can be done with the list as a whole. */
export function ListOptions({ view, setView, select }: Arranging) {
  const { t } = useI18n();
  return (
    <Menu
      label={t.arrange.options}
      className="icon-button small"
      align="end"
      testId="list-options"
      trigger={<DotsIcon size={16} />}
    >
      <MenuItem
        icon={<SelectIcon />}
        title={t.arrange.select}
        testId="select-sessions"
        onSelect={() => select({ type: "began" })}
      />
      <MenuItem
        icon={<ArchiveIcon />}
        title={view.archived ? t.arrange.leaveArchive : t.arrange.openArchive}
        testId="toggle-archive"
        onSelect={() => setView({ archived: !view.archived, tag: null })}
      />
    </Menu>
  );
}
