import { useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { SharesPart } from "../../share/SharesPart";
import type { ExportControls } from "../../state/useExporting";
import type { ImportControls } from "../../state/useImporting";
import { ErasePart } from "../data/ErasePart";
import { ExportPart } from "../data/ExportPart";
import { ImportPart } from "../data/ImportPart";

interface DataPartProps {
  exporting: ExportControls;
  importing: ImportControls;
  /** Deletes everything; throws `Problem`. */
  onErase: () => Promise<void>;
}

/** Lets users take their conversations with them, bring others, and delete all. */
export function DataPart({ exporting, importing, onErase }: DataPartProps) {
  const { t } = useI18n();
  const [erasing, setErasing] = useState(false);
  const alone = erasing ? "erase" : importing.state.phase === "idle" ? null : "import";
  return (
    <>
      {alone !== null && (
        <h3 className="settings-heading">{alone === "erase" ? t.eraseTitle : t.importTitle}</h3>
      )}
      {alone === null && <ExportPart exporting={exporting} />}
      {alone !== "erase" && <ImportPart importing={importing} />}
      {alone === null && <SharesPart />}
      {alone !== "import" && (
        <ErasePart
          asking={erasing}
          onAsk={() => setErasing(true)}
          onErase={onErase}
          onCancel={() => setErasing(false)}
        />
      )}
    </>
  );
}
