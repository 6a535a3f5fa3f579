import { useState } from "react";
import { sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { Dialog } from "./ui/Dialog";
import { IconButton } from "./ui/IconButton";
import { TrashIcon } from "./ui/icons";

interface RemoveButtonProps {
  /** Whether the message has other versions, of which one is shown instead. */
  versions: boolean;
  onRemove: () => void;
}

/** Deletes a message with all that follow it, after a confirmation. */
export function RemoveButton({ versions, onRemove }: RemoveButtonProps) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <IconButton
        label={t.removeFrom}
        className="small"
        testId="remove"
        onClick={() => setAsking(true)}
      >
        <TrashIcon size={16} />
      </IconButton>
      {asking && (
        <Dialog
          title={t.removeFromTitle}
          confirm={t.remove}
          danger
          onConfirm={onRemove}
          onClose={() => setAsking(false)}
        >
          <p>
            {sentences(t.removeFromText, versions ? t.otherVersionsStay : t.versionsBeforeStay)}
          </p>
        </Dialog>
      )}
    </>
  );
}
