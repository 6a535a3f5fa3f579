import { useEffect, useRef } from "react";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { announce } from "../../lib/announce";
import { type DraftFile, isUploading, NO_FILES } from "../../state/draftFiles";

/** Announces uploads that failed, and the end of the last one that runs. */
export function useUploadNews(files: readonly DraftFile[]): void {
  const { t } = useI18n();
  const before = useRef(NO_FILES);
  useEffect(() => {
    const known = before.current;
    before.current = files;
    const ran = (key: string) =>
      known.some((file) => file.key === key && file.phase === "uploading");
    const ended = files.filter(({ key, phase }) => phase !== "uploading" && ran(key));
    const failed = ended.find(({ fault }) => fault);
    if (failed?.fault) announce(t.fileFailed(failed.name, sentenceFor(t, failed.fault)));
    else if (ended[0] && !isUploading(files))
      announce(files.length === 1 ? t.fileReady(ended[0].name) : t.filesReady(files.length));
  }, [files, t]);
}
