import { type DragEvent, useEffect, useRef, useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { isRunning } from "../../state/importing";
import type { ImportControls } from "../../state/useImporting";
import { ImportResult } from "./ImportResult";
import { Progress } from "./Progress";

/** Chooses a file, shows what it has, imports it and reports. */
export function ImportPart({ importing }: { importing: ImportControls }) {
  const { t } = useI18n();
  const { state, choose, stop } = importing;
  const { phase, file, total, conversations, files, filesDone } = state;
  const running = isRunning(state);
  const box = useRef<HTMLElement>(null);

  // The buttons of one phase are gone in the next one.
  useEffect(() => {
    if (phase === "idle") return;
    box.current?.focus();
    if (phase === "checking") announce(t.importChecking(file));
    if (phase === "importing") announce(t.importRunning);
  }, [phase, file, t]);

  if (phase === "idle") return <FileChoice onChoose={choose} />;
  const counted = total !== null && total > 0;
  const label = phase === "checking" ? t.importChecking(file) : t.importRunning;
  const progressOf = (all: number) =>
    files > 0
      ? `${t.importProgress(conversations.length, all)} · ${t.importFiles(filesDone, files)}`
      : t.importProgress(conversations.length, all);
  return (
    <section className="data-part" ref={box} tabIndex={-1} data-testid="import-part">
      {running ? (
        <Progress
          label={counted ? progressOf(total) : label}
          share={counted ? Math.min((conversations.length + filesDone) / (total + files), 1) : null}
          onCancel={stop}
        />
      ) : (
        <ImportResult importing={importing} />
      )}
    </section>
  );
}

function FileChoice({ onChoose }: { onChoose: (file: File) => void }) {
  const { t } = useI18n();
  const [over, setOver] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) onChoose(file);
  };
  return (
    <section className="data-part" data-testid="import-part">
      <h3>{t.importTitle}</h3>
      <p>{t.importText}</p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files are dropped here; the button does the same */}
      <div
        className={over ? "drop over" : "drop"}
        data-testid="drop"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <button
          type="button"
          className="button"
          data-testid="choose-file"
          onClick={() => field.current?.click()}
        >
          {t.chooseFile}
        </button>
        <span>{t.orDrop}</span>
        <input
          ref={field}
          type="file"
          hidden
          accept=".json,.zip,application/json,application/zip"
          data-testid="import-file"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = "";
            if (file) onChoose(file);
          }}
        />
      </div>
    </section>
  );
}
