import { type ReactNode, useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { Dialog } from "./Dialog";
import { IconButton } from "./IconButton";
import { EraserIcon, MenuIcon } from "./icons";
import { LanguageSwitch, ThemeSwitch } from "./Preferences";

interface HeaderProps {
  pickers: ReactNode;
  canClear: boolean;
  onClear: () => void;
  onOpenSidebar: () => void;
}

export function Header({ pickers, canClear, onClear, onOpenSidebar }: HeaderProps) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <header className="header">
      <IconButton label={t.openSidebar} className="drawer-only" onClick={onOpenSidebar}>
        <MenuIcon />
      </IconButton>
      <div className="pickers">{pickers}</div>
      <IconButton
        label={t.clear}
        testId="clear-history"
        disabled={!canClear}
        onClick={() => setAsking(true)}
      >
        <EraserIcon />
      </IconButton>
      <LanguageSwitch />
      <ThemeSwitch />
      {asking && (
        <Dialog
          title={t.clearTitle}
          confirm={t.clear}
          danger
          onConfirm={onClear}
          onClose={() => setAsking(false)}
        >
          <p>{t.clearText}</p>
        </Dialog>
      )}
    </header>
  );
}
