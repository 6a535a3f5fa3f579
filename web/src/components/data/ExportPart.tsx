import { useEffect } from "react";
import type { ExportFormat } from "../../api/transfer";
import { type Catalogue, sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { sizeOf } from "../../lib/sizeOf";
import { type Exporting, shareOf } from "../../state/exporting";
import type { ExportControls } from "../../state/useExporting";
import { BracesIcon, ClipIcon, DocumentIcon } from "../ui/icons";
import { Progress } from "./Progress";

type Running = Extract<Exporting, { phase: "running" }>;

const FORMATS = { zip: ClipIcon, json: BracesIcon, markdown: DocumentIcon } as const;

function labelOf(t: Catalogue, state: Running, size: (bytes: number) => string): string {
  const { format, messages, fileBytes, bytes, done } = state;
  if (format === "json" && messages > 0) return t.exportProgress(done, messages);
  if (format === "zip" && fileBytes > bytes) return t.exportOf(size(bytes), size(fileBytes));
  return t.exportRunning(size(bytes));
}

export function ExportPart({ exporting }: { exporting: ExportControls }) {
  const { t, locale } = useI18n();
  const { state, begin, cancel } = exporting;
  const size = (bytes: number) => sizeOf(bytes, locale);
  const saved = state.phase === "saved" ? t.exportSaved(state.name, size(state.bytes)) : "";
  const failed = state.phase === "failed" ? sentenceFor(t, state.fault) : "";
  useEffect(() => {
    if (saved || failed) announce(saved || failed);
  }, [saved, failed]);

  return (
    <section className="data-part" data-testid="export-part">
      <h3>{t.exportAll}</h3>
      <p>{t.exportText}</p>
      {state.phase === "running" ? (
        <Progress label={labelOf(t, state, size)} share={shareOf(state)} onCancel={cancel} />
      ) : (
        <div className="data-buttons">
          {(Object.keys(FORMATS) as ExportFormat[]).map((format) => {
            const Icon = FORMATS[format];
            return (
              <button
                key={format}
                type="button"
                className="button"
                data-testid={`export-all-${format}`}
                onClick={() => void begin(format)}
              >
                <Icon size={16} />
                {t.exportFormats[format]}
              </button>
            );
          })}
        </div>
      )}
      {saved && <p className="data-note">{saved}</p>}
      {failed && <p className="data-note danger">{failed}</p>}
    </section>
  );
}
