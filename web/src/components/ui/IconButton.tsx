import type { ReactNode } from "react";
import { ariaOf } from "../../lib/shortcuts";

interface IconButtonProps {
  label: string;
  /** The labels of the keys that do the same. */
  keys?: readonly string[];
  children: ReactNode;
  onClick: () => void;
  className?: string;
  testId?: string;
  disabled?: boolean;
  /** Whether it does nothing now, but keeps the focus. */
  inactive?: boolean;
}

export function IconButton(props: IconButtonProps) {
  const { label, keys, children, onClick, className = "", testId, disabled, inactive } = props;
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={keys ? `${label} (${keys.join(" + ")})` : label}
      aria-keyshortcuts={keys && ariaOf(keys)}
      data-testid={testId}
      disabled={disabled}
      aria-disabled={inactive}
      onClick={inactive ? undefined : onClick}
    >
      {children}
    </button>
  );
}
