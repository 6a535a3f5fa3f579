import { useCallback, useEffect, useMemo, useState } from "react";
import { announce } from "../lib/announce";

const READING_TIME = 8_000;

export interface Notice {
  text: string;
  /** Shows a message for a while, and announces it in the live region. */
  tell: (text: string) => void;
  dismiss: () => void;
  hold: (held: boolean) => void;
}

export function useNotice(): Notice {
  const [text, setText] = useState("");
  const [held, hold] = useState(false);
  const dismiss = useCallback(() => {
    setText("");
    hold(false);
  }, []);
  const tell = useCallback((next: string) => {
    setText(next);
    announce(next);
  }, []);

  useEffect(() => {
    if (!text || held) return;
    const timer = setTimeout(dismiss, READING_TIME);
    return () => clearTimeout(timer);
  }, [text, held, dismiss]);

  return useMemo(() => ({ text, tell, dismiss, hold }), [text, tell, dismiss]);
}
