import { useState } from "react";
import { sentences } from "../i18n/catalogue";
import { useI18n } from "../i18n/useI18n";
import { Dialog } from "./ui/Dialog";
import { IconButton } from "./ui/IconButton";
import { TrashIcon } from "./ui/icons";

interface RemoveButtonProps {
  /** The role of the message. */
  kind: "user" | "assistant";
  /** Whether the message has other versions, of which one is shown instead. */
  versions: boolean;
  onRemove: () => void;
}

/** Deletes a message with all that follow it, after a confirmation. */
export function RemoveButton({ kind, versions, onRemove }: RemoveButtonProps) {
  const { t } = useI18n();
  const words = t.removal[kind];
  const [asking, setAsking] = useState(false);
  return (
    <>
      <IconButton
        label={words.label}
        className="small"
        testId="remove"
        onClick={() => setAsking(true)}
      >
        <TrashIcon size={16} />
      </IconButton>
      {asking && (
        <Dialog
          title={words.title}
          confirm={t.remove}
          danger
          onConfirm={onRemove}
          onClose={() => setAsking(false)}
        >
          <p>{sentences(words.text, versions ? words.versionsStay : t.removal.beforeStays)}</p>
        </Dialog>
      )}
    </>
  );
}
