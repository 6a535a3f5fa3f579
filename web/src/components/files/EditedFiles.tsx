import { useState } from "react";
import type { StoredFile } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { readyFile } from "../../state/draftFiles";
import { DraftFileItem } from "./DraftFileItem";
import { PictureViewer } from "./PictureViewer";

interface EditedFilesProps {
  files: readonly StoredFile[];
  onRemove: (id: string) => void;
}

/** The files of a question that is being edited. Those that are removed stay with the earlier version. */
export function EditedFiles({ files, onRemove }: EditedFilesProps) {
  const { t } = useI18n();
  const [viewed, setViewed] = useState<string | null>(null);
  const pictures = files.filter(({ kind }) => kind === "image");
  return (
    <>
      <ul className="draft-files" aria-label={t.attached} data-testid="edited-files">
        {files.map((file) => (
          <DraftFileItem
            key={file.id}
            file={readyFile(file)}
            blind=""
            onRemove={() => onRemove(file.id)}
            onRetry={() => undefined}
            onView={() => setViewed(file.id)}
          />
        ))}
      </ul>
      {viewed && (
        <PictureViewer pictures={pictures} first={viewed} onClose={() => setViewed(null)} />
      )}
    </>
  );
}
