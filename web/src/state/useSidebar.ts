import { useCallback, useEffect, useMemo, useState } from "react";
import { isOverlaid } from "../lib/overlays";
import { recall, remember } from "../lib/storage";

/** Where the sidebar is a drawer over the page; elsewhere it stands beside it, unless it was folded away. */
const NARROW = "(max-width: 859px)";

const element = (selector: string) => document.querySelector<HTMLElement>(selector);

/** From the sidebar, or from a row that has just gone, the focus goes to the button that opens it again. */
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
  /** Puts the drawer away; a sidebar that stands beside the page stays. */
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
    // Before the other listeners: the same Escape must not stop a reply as well.
    document.addEventListener("keydown", onKey, true);
    return () => {
      narrow.removeEventListener("change", leave);
      document.removeEventListener("keydown", onKey, true);
      focusOpener();
    };
  }, [drawer, leave]);

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
