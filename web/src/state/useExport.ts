import { useCallback } from "react";
import { type ExportFormat, exportFile } from "../api/transfer";
import { collect, saveFile } from "../lib/saveFile";

/** Exports a session as a file, with all its branches. Rejects if it cannot be read whole. */
export function useExport() {
  return useCallback(async (sessionId: string, format: ExportFormat) => {
    const file = await exportFile(sessionId, format);
    saveFile(file.name, await collect(file.body, file.type, () => undefined));
  }, []);
}
