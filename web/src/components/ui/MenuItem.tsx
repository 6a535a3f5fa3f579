import type { ReactNode } from "react";
import { CheckIcon } from "./icons";

interface MenuItemProps {
  icon?: ReactNode;
  title: string;
  detail?: string;
  /** If set, the item is one of several choices; otherwise it is an action. */
  checked?: boolean;
  danger?: boolean;
  /** Small marks behind the title. */
  marks?: ReactNode;
  value?: string;
  testId?: string;
  onSelect: () => void;
}

export function MenuItem(props: MenuItemProps) {
  const { icon, title, detail, checked, danger, marks, value, testId, onSelect } = props;
  const choice = checked !== undefined;
  const semantics = choice
    ? { role: "menuitemradio", "aria-checked": checked }
    : { role: "menuitem" };
  return (
    <button
      type="button"
      {...semantics}
      className={danger ? "menu-item danger" : "menu-item"}
      data-value={value}
      data-testid={testId}
      tabIndex={-1}
      onClick={onSelect}
    >
      {icon && <span className="menu-icon">{icon}</span>}
      <span className="menu-text">
        <span className="menu-title">{title}</span>
        {detail && <span className="menu-detail">{detail}</span>}
      </span>
      {marks && <span className="menu-marks">{marks}</span>}
      {choice && <span className="menu-check">{checked && <CheckIcon size={16} />}</span>}
    </button>
  );
}
