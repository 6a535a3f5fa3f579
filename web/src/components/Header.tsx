import type { ReactNode } from "react";
import { useI18n } from "../i18n/useI18n";
import { isMac, keysOf } from "../lib/shortcuts";
import { IconButton } from "./ui/IconButton";
import { ComposeIcon, SidebarIcon } from "./ui/icons";

interface HeaderProps {
  pickers: ReactNode;
  /** The menu of the open session; none for a new chat. */
  menu: ReactNode;
  onNew: () => void;
  onOpenSidebar: () => void;
}

export function Header({ pickers, menu, onNew, onOpenSidebar }: HeaderProps) {
  const { t } = useI18n();
  return (
    <header className="header">
      <IconButton
        label={t.openSidebar}
        keys={keysOf("sidebar", isMac())}
        className="sidebar-opener"
        testId="open-sidebar"
        onClick={onOpenSidebar}
      >
        <SidebarIcon />
      </IconButton>
      <div className="pickers">{pickers}</div>
      {menu && (
        <IconButton
          label={t.newChat}
          keys={keysOf("newChat", isMac())}
          className="header-new"
          testId="header-new"
          onClick={onNew}
        >
          <ComposeIcon />
        </IconButton>
      )}
      {menu}
    </header>
  );
}
