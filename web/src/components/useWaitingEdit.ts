import { useCallback, useEffect, useRef, useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { announce } from "../lib/announce";
import { focusBack, focusInWaiting } from "../lib/focus";
import type { WaitingControls } from "../state/useWaiting";
import type { ListedQuestion } from "../state/waiting";

interface Edited {
  turnId: string;
  text: string;
}

interface WaitingEdit {
  edited: Edited | null;
  saving: boolean;
  begin: (turnId: string, text: string) => void;
  write: (text: string) => void;
  cancel: () => void;
  save: (text: string) => void;
}

/**
 * The waiting question in the editor, if any. Where it is asked before the new text is stored, that goes to the
 * composer by `keep`, so that it is not lost.
 */
export function useWaitingEdit(
  questions: readonly ListedQuestion[],
  { reword }: WaitingControls,
  keep: (text: string) => void,
  onLate: () => void,
): WaitingEdit {
  const { t } = useI18n();
  const [edited, setEdited] = useState<Edited | null>(null);
  const [saving, setSaving] = useState(false);
  const written = useRef("");
  const gone =
    edited !== null && !saving && !questions.some(({ turnId }) => turnId === edited.turnId);

  const close = useCallback(() => {
    setEdited(null);
    if (edited) focusInWaiting(edited.turnId, "waiting-edit");
  }, [edited]);

  useEffect(() => {
    if (!gone || !edited) return;
    setEdited(null);
    focusBack();
    if (written.current.trim() === "" || written.current === edited.text) return;
    keep(written.current);
    onLate();
  }, [gone, edited, keep, onLate]);

  const begin = useCallback((turnId: string, text: string) => {
    written.current = text;
    setEdited({ turnId, text });
  }, []);
  const write = useCallback((text: string) => {
    written.current = text;
  }, []);

  const save = async (text: string) => {
    if (!edited) return;
    if (text === edited.text) return close();
    setSaving(true);
    const result = await reword(edited.turnId, text);
    setSaving(false);
    if (result === "failed") return;
    close();
    if (result === "done") announce(t.waiting.reworded);
    if (result === "late") keep(text);
    if (result === "late") focusBack();
  };
  return { edited, saving, begin, write, cancel: close, save: (text) => void save(text) };
}
