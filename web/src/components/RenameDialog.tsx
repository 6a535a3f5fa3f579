import { useState } from "react";
import { useI18n } from "../i18n/useI18n";
import { Dialog } from "./ui/Dialog";

interface RenameDialogProps {
  title: string;
  onRename: (title: string) => void;
  onClose: () => void;
}

export function RenameDialog({ title, onRename, onClose }: RenameDialogProps) {
  const { t } = useI18n();
  const [text, setText] = useState(title);
  const save = () => {
    const next = text.trim();
    if (next && next !== title) onRename(next);
  };
  return (
    <Dialog title={t.renameTitle} confirm={t.save} onConfirm={save} onClose={onClose}>
      <input
        className="field"
        aria-label={t.titleLabel}
        value={text}
        maxLength={120}
        onChange={(event) => setText(event.target.value)}
        onFocus={(event) => event.target.select()}
      />
    </Dialog>
  );
}
