import type { ReactNode } from "react";

interface IconButtonProps {
  label: string;
  children: ReactNode;
  onClick: () => void;
  className?: string;
  testId?: string;
  disabled?: boolean;
}

export function IconButton(props: IconButtonProps) {
  const { label, children, onClick, className = "", testId, disabled } = props;
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={label}
      data-testid={testId}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
