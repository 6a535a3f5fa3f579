import { useCallback, useEffect, useMemo, useState } from "react";
import { isOverlaid } from "../lib/overlays";
import { recall, remember } from "../lib/storage";
import { useDrawerSwipe } from "../sheets/useDrawerSwipe";

/** Matches narrow pages, where the sidebar is a drawer over the page instead of a column. */
const NARROW = "(max-width: 859px)";

const element = (selector: string) => document.querySelector<HTMLElement>(selector);

/** Moves the focus from the sidebar, or from a removed row, to the button that opens the sidebar. */
function focusOpener() {
  const at = document.activeElement;
  if (at === document.body || at?.closest(".sidebar")) element(".sidebar-opener")?.focus();
}

export interface SidebarState {
  drawer: boolean;
  folded: boolean;
  open: () => void;
  close: () => void;
  toggle: () => void;
  /** Closes the drawer; a sidebar that is a column stays open. */
  leave: () => void;
}

export function useSidebar(): SidebarState {
  const [drawer, setDrawer] = useState(false);
  const [folded, setFolded] = useState(() => recall("sidebar") === "folded");
  const leave = useCallback(() => setDrawer(false), []);

  const show = useCallback((shown: boolean) => {
    if (matchMedia(NARROW).matches) return setDrawer(shown);
    remember("sidebar", shown ? null : "folded");
    setFolded(!shown);
  }, []);
  const open = useCallback(() => show(true), [show]);
  const close = useCallback(() => show(false), [show]);

  useEffect(() => {
    if (!drawer) return;
    const narrow = matchMedia(NARROW);
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing || isOverlaid()) return;
      event.preventDefault();
      leave();
    };
    element(".sidebar-closer")?.focus();
    narrow.addEventListener("change", leave);
    // Runs before other listeners, so that the same Escape does not stop a reply as well.
    document.addEventListener("keydown", onKey, true);
    return () => {
      narrow.removeEventListener("change", leave);
      document.removeEventListener("keydown", onKey, true);
      focusOpener();
    };
  }, [drawer, leave]);

  useDrawerSwipe(drawer, open, leave);

  useEffect(() => {
    if (folded) focusOpener();
  }, [folded]);

  const toggle = useCallback(
    () => show(matchMedia(NARROW).matches ? !drawer : folded),
    [show, drawer, folded],
  );
  return useMemo(
    () => ({ drawer, folded, open, close, toggle, leave }),
    [drawer, folded, open, close, toggle, leave],
  );
}
