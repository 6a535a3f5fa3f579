import { useCallback, useEffect, useMemo, useState } from "react";
import { isOverlaid } from "../lib/overlays";
import { isMac } from "../lib/shortcuts";

type Keystroke = Pick<
  KeyboardEvent,
  "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing" | "repeat"
>;

/** Whether a key opens and closes the palette: Ctrl with K, ⌘ with K on a Mac, where Ctrl with K edits text. */
export function isPaletteKey(stroke: Keystroke, mac: boolean): boolean {
  const { key, code, altKey, ctrlKey, metaKey, shiftKey, isComposing, repeat } = stroke;
  if (altKey || shiftKey || isComposing || repeat) return false;
  if (mac ? !metaKey || ctrlKey : !ctrlKey || metaKey) return false;
  // By its place where the layout has no Latin letters.
  return key.toLowerCase() === "k" || (code === "KeyK" && !/^[a-z]$/i.test(key));
}

/** The labels of its keys. */
export const paletteKeys = (mac: boolean): string[] => [mac ? "⌘" : "Ctrl", "K"];

export interface PaletteState {
  shown: boolean;
  show: () => void;
  close: () => void;
}

/** Opens and closes the palette by its key, also while the reader writes. */
export function usePalette(on: boolean): PaletteState {
  const [shown, setShown] = useState(false);
  const show = useCallback(() => setShown(true), []);
  const close = useCallback(() => setShown(false), []);

  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      if (!isPaletteKey(event, isMac()) || event.defaultPrevented) return;
      if (!shown && isOverlaid()) return;
      event.preventDefault();
      setShown(!shown);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [on, shown]);

  return useMemo(() => ({ shown, show, close }), [shown, show, close]);
}
