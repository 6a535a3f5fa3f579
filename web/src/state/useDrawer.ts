import { useCallback, useEffect, useState } from "react";

/** The sidebar on a narrow screen; on a wide one it is always there and this says closed. */
const NARROW = "(max-width: 859px)";

export function useDrawer() {
  const [isOpen, setOpen] = useState(false);
  const open = useCallback(() => setOpen(true), []);
  const close = useCallback(() => setOpen(false), []);

  useEffect(() => {
    if (!isOpen) return;
    const narrow = matchMedia(NARROW);
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) close();
    };
    narrow.addEventListener("change", close);
    document.addEventListener("keydown", onKey);
    return () => {
      narrow.removeEventListener("change", close);
      document.removeEventListener("keydown", onKey);
    };
  }, [isOpen, close]);

  return { isOpen, open, close };
}
