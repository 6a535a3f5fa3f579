import type { ReactNode } from "react";
import { fileAddress } from "../../api/files";
import { sentenceFor } from "../../i18n/catalogue";
import { useI18n } from "../../i18n/useI18n";
import { isPastedText } from "../../lib/pastedText";
import { type DraftFile, isPicture } from "../../state/draftFiles";
import { chosenFile } from "../../state/uploads";
import { IconButton } from "../ui/IconButton";
import { AlertIcon, CloseIcon, EyeOffIcon, RepeatIcon } from "../ui/icons";
import { factsOf } from "./describe";
import { FileIcon } from "./FileIcon";
import { LocalPicture } from "./LocalPicture";
import { UploadRing } from "./UploadRing";

/** Errors of a file itself, which another upload would not change. */
const FINAL = new Set(["file_type_refused", "file_too_large", "file_broken"]);

interface DraftFileItemProps {
  file: DraftFile;
  /** The name of the model if it cannot see pictures, otherwise empty. */
  blind: string;
  onRemove: () => void;
  onRetry: () => void;
  onView: () => void;
  /** Puts a file that was made of a pasted text back into the text. */
  onPutBack?: (file: File) => void;
}

/** A file of the question that is being written: a picture, or an icon with the name and what is known of it. */
export function DraftFileItem({
  file,
  blind,
  onRemove,
  onRetry,
  onView,
  onPutBack,
}: DraftFileItemProps) {
  const { t, locale } = useI18n();
  const { key, name, size, phase, share, stored } = file;
  const chosen = chosenFile(key);
  const picture = stored ? stored.kind === "image" : isPicture(file.type);
  const compact = picture && phase !== "failed";
  const ring = phase === "uploading" && <UploadRing label={t.uploading(name)} share={share} />;
  const known = { name, size, kind: stored?.kind, pages: stored?.pages };
  // All of it is sent, but a large file is still being read.
  const facts = phase === "uploading" && share >= 1 ? t.processing : factsOf(known, t, locale);
  return (
    <li
      className={`draft-file ${phase}${compact ? " compact" : ""}`}
      data-testid="draft-file"
      data-phase={phase}
      title={name}
    >
      {compact ? (
        <Picture file={file} onView={onView}>
          {ring}
        </Picture>
      ) : (
        <>
          <span className="file-mark">
            {phase === "failed" ? <AlertIcon /> : ring || <FileIcon name={name} />}
          </span>
          <span className="file-text">
            <span className="file-name" dir="auto">
              {name}
            </span>
            <span className="file-facts">
              {file.fault ? sentenceFor(t, file.fault) : facts}
              {stored?.cut && ` · ${t.fileCut}`}
              {stored?.characters === 0 && ` · ${t.fileEmpty}`}
            </span>
          </span>
        </>
      )}
      {compact && blind && (
        <span className="unseen" role="img" aria-label={t.unseen(blind)} title={t.unseen(blind)}>
          <EyeOffIcon size={14} />
        </span>
      )}
      {onPutBack && chosen && isPastedText(chosen) && (
        <button
          type="button"
          className="button small"
          aria-label={t.putBackOf(name)}
          data-testid="put-back"
          onClick={() => onPutBack(chosen)}
        >
          {t.putBack}
        </button>
      )}
      {phase === "failed" && chosen && !FINAL.has(file.fault?.code ?? "") && (
        <IconButton
          label={t.uploadAgain(name)}
          className="small"
          testId="upload-again"
          onClick={onRetry}
        >
          <RepeatIcon size={16} />
        </IconButton>
      )}
      <IconButton
        label={phase === "uploading" ? t.cancelUpload(name) : t.removeFile(name)}
        className="small remove-file"
        testId="remove-file"
        onClick={onRemove}
      >
        <CloseIcon size={14} />
      </IconButton>
    </li>
  );
}

interface PictureProps {
  file: DraftFile;
  onView: () => void;
  children: ReactNode;
}

function Picture({ file, onView, children }: PictureProps) {
  const { t } = useI18n();
  const local = chosenFile(file.key);
  const drawn = local ? (
    <LocalPicture file={local} />
  ) : (
    file.stored && <img src={fileAddress(file.stored.id, "preview")} alt="" />
  );
  if (!file.stored)
    return (
      <span className="draft-picture">
        {drawn}
        {children}
      </span>
    );
  return (
    <button
      type="button"
      className="draft-picture"
      aria-label={t.viewPicture(file.name)}
      aria-haspopup="dialog"
      data-testid="view-draft"
      onClick={onView}
    >
      {drawn}
    </button>
  );
}
