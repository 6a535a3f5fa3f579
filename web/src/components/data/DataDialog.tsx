import { useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { isRunning } from "../../state/importing";
import { useExporting } from "../../state/useExporting";
import { useImporting } from "../../state/useImporting";
import { Modal } from "../ui/Modal";
import { ErasePart } from "./ErasePart";
import { ExportPart } from "./ExportPart";
import { ImportPart } from "./ImportPart";

export interface DataDialogProps {
  /** Called after conversations were imported. */
  onImported: () => void;
  /** Deletes everything; throws `Problem`. */
  onErase: () => Promise<void>;
  onClose: () => void;
}

/** Lets users take their conversations with them, bring others, and delete all. */
export default function DataDialog({ onImported, onErase, onClose }: DataDialogProps) {
  const { t } = useI18n();
  const exporting = useExporting();
  const importing = useImporting(onImported);
  const [erasing, setErasing] = useState(false);
  const alone = erasing ? "erase" : importing.state.phase === "idle" ? null : "import";
  const title = erasing ? t.eraseTitle : alone === "import" ? t.importTitle : t.yourData;
  const busy = isRunning(importing.state) || exporting.state.phase === "running";
  return (
    <Modal title={title} className="data" locked={busy} onClose={onClose}>
      {alone === null && <ExportPart exporting={exporting} />}
      {alone !== "erase" && <ImportPart importing={importing} />}
      {alone !== "import" && (
        <ErasePart
          asking={erasing}
          onAsk={() => setErasing(true)}
          onErase={onErase}
          onCancel={() => setErasing(false)}
        />
      )}
      {alone === null && (
        <div className="dialog-buttons">
          <button type="button" className="button" data-testid="close-data" onClick={onClose}>
            {t.close}
          </button>
        </div>
      )}
    </Modal>
  );
}
