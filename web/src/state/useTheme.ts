import { useCallback, useState, useSyncExternalStore } from "react";
import { recall, remember } from "../lib/storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

function chosenTheme(): Theme {
  const theme = recall("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosenTheme);
  const choose = useCallback((next: Theme) => {
    remember("theme", next === "system" ? null : next);
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    setTheme(next);
  }, []);
  return [theme, choose];
}

const DARK = "(prefers-color-scheme: dark)";

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia(DARK).matches;
}

function onDarkness(notify: () => void): () => void {
  const system = matchMedia(DARK);
  const choice = new MutationObserver(notify);
  system.addEventListener("change", notify);
  choice.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", notify);
    choice.disconnect();
  };
}

/** Whether the page is dark now, by choice or by the system. */
export const useDarkness = () => useSyncExternalStore(onDarkness, isDark);
