import { useCallback } from "react";
import * as chat from "../api/chat";
import type { Personas, Session } from "../api/schemas";
import { useI18n } from "../i18n/useI18n";
import { downloadOf, type ExportFormat, type ExportWords, save } from "../lib/exportSession";

/** Exports a session as a file. Rejects with `Problem` if its history cannot be read. */
export function useExport(personas: Personas | null) {
  const { t, locale } = useI18n();
  return useCallback(
    async (session: Session, format: ExportFormat) => {
      const history = await chat.readWholeHistory(session.session_id);
      const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
      const words: ExportWords = {
        untitled: t.untitled,
        you: t.you,
        trimmed: t.exportTrimmed,
        exported: t.exported,
        personaOf: (role) => personas?.roles[role]?.name ?? role,
        timeOf: (seconds) => times.format(new Date(seconds * 1000)),
      };
      save(downloadOf(history, format, words, new Date()));
    },
    [personas, t, locale],
  );
}
