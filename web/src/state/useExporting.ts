import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { faultOf, Problem } from "../api/http";
import { type ExportFormat, exportFile } from "../api/transfer";
import { collect, saveFile } from "../lib/saveFile";
import { type Exporting, noExport, reduceExport } from "./exporting";

export interface ExportControls {
  state: Exporting;
  begin: (format: ExportFormat) => Promise<void>;
  cancel: () => void;
}

/** Why a download that broke off is not saved. */
const CUT = new Problem("export_cut", 0, "The export broke off.");

/** Exports all conversations as one file. Leaving the component cancels it. */
export function useExporting(): ExportControls {
  const [state, dispatch] = useReducer(reduceExport, noExport);
  const running = useRef<AbortController | null>(null);

  const begin = useCallback(async (format: ExportFormat) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    dispatch({ type: "began", format });
    try {
      const file = await exportFile(null, format, abort.signal);
      dispatch({ type: "counted", messages: file.messages, fileBytes: file.fileBytes });
      const content = await collect(file.body, file.type, (bytes, lines) =>
        dispatch({ type: "received", bytes, lines }),
      );
      saveFile(file.name, content);
      dispatch({ type: "saved", name: file.name });
    } catch (error) {
      if (abort.signal.aborted) return;
      dispatch({ type: "failed", fault: faultOf(error instanceof Problem ? error : CUT) });
    }
  }, []);

  const cancel = useCallback(() => {
    running.current?.abort();
    dispatch({ type: "cancelled" });
  }, []);
  useEffect(() => () => running.current?.abort(), []);
  return useMemo(() => ({ state, begin, cancel }), [state, begin, cancel]);
}
