import { type ReactNode, useLayoutEffect, useRef } from "react";

interface ScrollBoxProps {
  className: string;
  label: string;
  as?: "div" | "pre";
  children: ReactNode;
}

/** What is wider than the column scrolls sideways; shadows at its edges tell that there is more. */
export function ScrollBox({ className, label, as: Box = "div", children }: ScrollBoxProps) {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const wide = element.scrollWidth > element.clientWidth + 1;
      element.classList.toggle("wide", wide);
      if (wide) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    <Box ref={box as never} className={`${className} scrolls`} role="region" aria-label={label}>
      {children}
    </Box>
  );
}
