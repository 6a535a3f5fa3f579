import type { Versions } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { IconButton } from "./ui/IconButton";
import { NextIcon, PreviousIcon } from "./ui/icons";

interface VersionSwitchProps {
  versions: Versions;
  /** Whether another version cannot be shown now. */
  busy: boolean;
  /** Shows the version with this id, which is `step` versions further. */
  onShow: (id: string, step: 1 | -1) => void;
}

/** Two arrows that show the previous or next version of a message. They keep the focus where they do nothing. */
export function VersionSwitch({ versions, busy, onShow }: VersionSwitchProps) {
  const { t } = useI18n();
  const { index, count, ids } = versions;
  const arrow = (step: 1 | -1) => {
    const id = ids[index + step];
    return { inactive: busy || !id, onClick: () => id && onShow(id, step) };
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form
    <div
      className="versions"
      role="group"
      aria-label={t.versionOf(index + 1, count)}
      data-testid="versions"
    >
      <IconButton
        label={t.previousVersion}
        className="small"
        testId="previous-version"
        {...arrow(-1)}
      >
        <PreviousIcon size={16} />
      </IconButton>
      <span className="version-count" aria-hidden="true">
        {index + 1} / {count}
      </span>
      <IconButton label={t.nextVersion} className="small" testId="next-version" {...arrow(1)}>
        <NextIcon size={16} />
      </IconButton>
    </div>
  );
}
