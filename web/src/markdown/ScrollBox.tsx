import type { ReactNode } from "react";

interface ScrollBoxProps {
  className?: string;
  label: string;
  as?: "div" | "pre";
  children: ReactNode;
}

/** What is wider than the column scrolls sideways; shadows at its edges (by style alone) tell that there is more. */
export function ScrollBox({ className = "", label, as: Box = "div", children }: ScrollBoxProps) {
  return (
    <Box className={`scrolls ${className}`} role="group" aria-label={label} tabIndex={0}>
      {children}
    </Box>
  );
}
