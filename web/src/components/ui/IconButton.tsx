import type { ReactNode } from "react";

interface IconButtonProps {
  label: string;
  children: ReactNode;
  onClick: () => void;
  className?: string;
  testId?: string;
  disabled?: boolean;
  /** Whether it does nothing now, but keeps the focus. */
  inactive?: boolean;
}

export function IconButton(props: IconButtonProps) {
  const { label, children, onClick, className = "", testId, disabled, inactive } = props;
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={label}
      data-testid={testId}
      disabled={disabled}
      aria-disabled={inactive}
      onClick={inactive ? undefined : onClick}
    >
      {children}
    </button>
  );
}
