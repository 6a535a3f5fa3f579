import { useState } from "react";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { focusComposer, focusDraftFile } from "../../lib/focus";
import { withPasted } from "../../lib/pastedText";
import { type DraftFile, storedOf } from "../../state/draftFiles";
import type { Draft } from "../../state/useDraft";
import { DraftFileItem } from "./DraftFileItem";
import { PictureViewer } from "./PictureViewer";
import { useUploadNews } from "./useUploadNews";

interface DraftFileListProps {
  draft: Pick<Draft, "text" | "files" | "write" | "detach" | "uploadAgain">;
  /** The name of the model if it cannot see pictures, otherwise empty. */
  blind: string;
}

/** The files of the question that is being written, above its text. */
export function DraftFileList({ draft, blind }: DraftFileListProps) {
  const { t } = useI18n();
  const { files, detach, uploadAgain } = draft;
  const [viewed, setViewed] = useState<string | null>(null);
  useUploadNews(files);
  if (files.length === 0) return null;

  const remove = (file: DraftFile) => {
    focusDraftFile(files.indexOf(file));
    detach(file);
    announce(t.fileRemoved(file.name));
  };
  const putBack = async (file: DraftFile, pasted: File) => {
    const next = await withPasted(draft.text.get(), pasted);
    detach(file);
    draft.write(next);
    focusComposer();
    announce(t.fileRemoved(file.name));
  };
  const pictures = storedOf(files).filter(({ kind }) => kind === "image");
  return (
    <>
      <ul className="draft-files" aria-label={t.attached} data-testid="draft-files">
        {files.map((file) => (
          <DraftFileItem
            key={file.key}
            file={file}
            blind={blind}
            onRemove={() => remove(file)}
            onRetry={() => uploadAgain(file.key)}
            onPutBack={(pasted) => void putBack(file, pasted)}
            onView={() => setViewed(file.stored?.id ?? null)}
          />
        ))}
      </ul>
      {viewed && (
        <PictureViewer pictures={pictures} first={viewed} onClose={() => setViewed(null)} />
      )}
    </>
  );
}
