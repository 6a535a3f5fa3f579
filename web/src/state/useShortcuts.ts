import { useCallback, useEffect, useRef, useState } from "react";
import { isOverlaid } from "../lib/overlays";
import { type Command, commandOf, isMac } from "../lib/shortcuts";
import { recall, remember } from "../lib/storage";

const FIELDS = "input, textarea, select, [contenteditable]";

const isField = (target: EventTarget | null) => target instanceof Element && target.matches(FIELDS);

/** Runs keyboard shortcuts, except while a dialog or a menu is open or an input method is composing. */
export function useShortcuts(commands: Record<Command, () => void>) {
  const [on, setOn] = useState(() => recall("shortcuts") !== "off");
  const latest = useRef(commands);
  latest.current = commands;

  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      const command = commandOf(event, isField(event.target), isMac());
      if (!command || event.defaultPrevented || isOverlaid()) return;
      event.preventDefault();
      latest.current[command]();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [on]);

  const turn = useCallback((next: boolean) => {
    remember("shortcuts", next ? null : "off");
    setOn(next);
  }, []);
  return { on, turn };
}
