import { useState } from "react";
import type { Attachment } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { DownloadIcon } from "../ui/icons";
import { factsOf } from "./describe";
import { useFileAddress } from "./FileAddress";
import { FileIcon } from "./FileIcon";
import { MessagePicture } from "./MessagePicture";
import { PictureViewer } from "./PictureViewer";

/** The files of a question in the conversation: pictures in a grid, then the others. */
export function MessageFiles({ files }: { files: readonly Attachment[] }) {
  const { t } = useI18n();
  const [viewed, setViewed] = useState<string | null>(null);
  const pictures = files.filter(({ kind }) => kind === "image");
  const others = files.filter(({ kind }) => kind !== "image");
  if (files.length === 0) return null;
  return (
    <div className="message-files" data-testid="message-files">
      {pictures.length > 0 && (
        <ul className="pictures" aria-label={t.picturesOf(pictures.length)}>
          {pictures.map((picture) => (
            <li key={picture.id}>
              <MessagePicture
                picture={picture}
                alone={pictures.length === 1}
                onView={() => setViewed(picture.id)}
              />
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <ul className="file-chips" aria-label={t.filesOf(others.length)}>
          {others.map((file) => (
            <li key={file.id}>
              <FileChip file={file} />
            </li>
          ))}
        </ul>
      )}
      {viewed && (
        <PictureViewer pictures={pictures} first={viewed} onClose={() => setViewed(null)} />
      )}
    </div>
  );
}

function FileChip({ file }: { file: Attachment }) {
  const { t, locale } = useI18n();
  const fileAddress = useFileAddress();
  const { id, name } = file;
  return (
    <a
      className="file-chip"
      href={fileAddress(id)}
      download={name}
      title={t.download(name)}
      data-testid="file-chip"
    >
      <span className="file-mark">
        <FileIcon name={name} />
      </span>
      <span className="file-text">
        <span className="file-name" dir="auto">
          {name}
        </span>
        <span className="file-facts">{factsOf(file, t, locale)}</span>
      </span>
      <DownloadIcon size={16} />
    </a>
  );
}
