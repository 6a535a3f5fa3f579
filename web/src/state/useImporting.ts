import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { faultOf, Problem } from "../api/http";
import { type ImportLine, importFile } from "../api/transfer";
import { IMPORT_CUT, type Importing, noImport, reduceImport } from "./importing";

export interface ImportControls {
  state: Importing;
  /** Sends the file to be checked. */
  choose: (file: File) => void;
  /** Imports the file that was checked. */
  confirm: () => void;
  /** Stops at the conversation that is being stored. */
  stop: () => void;
  leave: () => void;
}

/** Milliseconds between two updates of the page: a file may have thousands of conversations. */
const STEP = 100;

/** Checks and imports a file of conversations. Leaving the component stops it. `onStored`: after an import, whole or not. */
export function useImporting(onStored: () => void): ImportControls {
  const [state, dispatch] = useReducer(reduceImport, noImport);
  const file = useRef<File | null>(null);
  const running = useRef<AbortController | null>(null);
  const stored = useRef(onStored);
  stored.current = onStored;

  const run = useCallback(async (dry: boolean) => {
    if (!file.current) return;
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    try {
      await readLines(importFile(file.current, dry, abort.signal), (lines) => {
        if (!abort.signal.aborted) dispatch({ type: "lines", lines });
      });
      if (!abort.signal.aborted) dispatch({ type: "finished" });
    } catch (error) {
      if (abort.signal.aborted) return;
      const fault = error instanceof Problem ? faultOf(error) : IMPORT_CUT;
      dispatch({ type: "failed", fault });
    } finally {
      if (!dry) stored.current();
    }
  }, []);

  const choose = useCallback(
    (chosen: File) => {
      file.current = chosen;
      dispatch({ type: "chosen", file: chosen.name });
      void run(true);
    },
    [run],
  );
  const confirm = useCallback(() => {
    dispatch({ type: "confirmed" });
    void run(false);
  }, [run]);
  const end = useCallback((type: "stopped" | "left") => {
    running.current?.abort();
    dispatch({ type });
  }, []);
  const stop = useCallback(() => end("stopped"), [end]);
  const leave = useCallback(() => end("left"), [end]);
  useEffect(() => () => running.current?.abort(), []);
  return useMemo(
    () => ({ state, choose, confirm, stop, leave }),
    [state, choose, confirm, stop, leave],
  );
}

/** Passes lines on together, at most one time per `STEP`. */
async function readLines(
  source: AsyncGenerator<ImportLine>,
  pass: (lines: ImportLine[]) => void,
): Promise<void> {
  let lines: ImportLine[] = [];
  let last = 0;
  for await (const line of source) {
    lines.push(line);
    if (performance.now() - last < STEP) continue;
    pass(lines);
    lines = [];
    last = performance.now();
  }
  pass(lines);
}
