import { useEffect, useSyncExternalStore } from "react";
import { isOverlaid } from "../lib/overlays";
import { onSettings, openSettings, type Section, sectionAt } from "../lib/settingsAddress";
import { isMac } from "../lib/shortcuts";

/** Returns the part of the settings that is open; null while they are closed. */
export const useSettings = (): Section | null =>
  useSyncExternalStore(onSettings, () => sectionAt(location.hash));

/** Opens the settings by Command or Control and a comma, as in other applications. */
export function useSettingsKey(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      const held = isMac() ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      if (!held || event.altKey || event.shiftKey || event.key !== "," || isOverlaid()) return;
      event.preventDefault();
      openSettings();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [on]);
}
