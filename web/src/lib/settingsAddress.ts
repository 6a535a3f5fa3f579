/** The settings have an address of their own in the fragment, so that they can be linked and Back closes them. */

export const SECTIONS = ["general", "personas", "tokens", "data", "tools"] as const;
export type Section = (typeof SECTIONS)[number];

const ADDRESS = /^#settings(?:\/(\w+))?$/;

/** Returns the part of the settings that a fragment names; null for any other fragment. */
export function sectionAt(fragment: string): Section | null {
  const found = ADDRESS.exec(fragment);
  if (!found) return null;
  return SECTIONS.find((section) => section === found[1]) ?? "general";
}

const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of [...listeners]) listener();
}

export function onSettings(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  window.addEventListener("hashchange", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
    window.removeEventListener("hashchange", listener);
  };
}

const OPENED = { opened: "settings" };

/** Opens a part of the settings. Back closes them. */
export function openSettings(section: Section = "general"): void {
  const address = section === "general" ? "#settings" : `#settings/${section}`;
  if (sectionAt(location.hash)) history.replaceState(history.state, "", address);
  else history.pushState(OPENED, "", address);
  notify();
}

/** Closes the settings. The address before them comes back, and so does what Back and Forward led to. */
export function closeSettings(): void {
  if (sectionAt(location.hash)) {
    const state = history.state as { opened?: string } | null;
    if (state?.opened === OPENED.opened) {
      history.back();
      return;
    }
    history.replaceState(null, "", location.pathname + location.search);
  }
  notify();
}
