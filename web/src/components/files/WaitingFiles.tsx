import { fileAddress } from "../../api/files";
import type { Attachment } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { FileIcon } from "./FileIcon";

/** The files of a question that waits, small. */
export function WaitingFiles({ files }: { files: readonly Attachment[] }) {
  const { t } = useI18n();
  return (
    <ul className="waiting-files" aria-label={t.attached}>
      {files.map(({ id, name, kind }) => (
        <li key={id} title={name}>
          {kind === "image" ? (
            <img src={fileAddress(id, "preview")} alt={name} />
          ) : (
            <>
              <FileIcon name={name} />
              <span className="file-name" dir="auto">
                {name}
              </span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
