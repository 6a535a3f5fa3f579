import type { ReactNode } from "react";

interface ScrollBoxProps {
  className?: string;
  label: string;
  as?: "div" | "pre";
  children: ReactNode;
}

/** Scrolls content wider than the column; shadows at its edges (CSS only) show that there is more. */
export function ScrollBox({ className = "", label, as: Box = "div", children }: ScrollBoxProps) {
  return (
    <Box className={`scrolls ${className}`} role="group" aria-label={label} tabIndex={0}>
      {children}
    </Box>
  );
}
