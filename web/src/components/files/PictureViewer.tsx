import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Attachment } from "../../api/schemas";
import { useI18n } from "../../i18n/useI18n";
import { IconButton } from "../ui/IconButton";
import { CloseIcon, DownloadIcon, NextIcon, PreviousIcon } from "../ui/icons";
import { useFileAddress } from "./FileAddress";

interface PictureViewerProps {
  pictures: readonly Attachment[];
  /** The id of the one that is shown first. */
  first: string;
  onClose: () => void;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };

/** A dialog over the whole page with one picture. Arrow keys show the others; closing restores the focus. */
export function PictureViewer({ pictures, first, onClose }: PictureViewerProps) {
  const { t } = useI18n();
  const fileAddress = useFileAddress();
  const dialog = useRef<HTMLDialogElement>(null);
  const found = pictures.findIndex(({ id }) => id === first);
  const [at, setAt] = useState(Math.max(found, 0));
  const picture = pictures[at];

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  if (!picture) return null;
  const last = pictures.length - 1;
  const show = (index: number) => setAt(Math.max(0, Math.min(index, last)));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const next = event.key === "Home" ? 0 : event.key === "End" ? last : step ? at + step : null;
    if (next === null) return;
    event.preventDefault();
    show(next);
  };
  return (
    <dialog
      ref={dialog}
      className="viewer"
      aria-label={picture.name}
      data-testid="viewer"
      onClose={onClose}
      onCancel={(event) => {
        // As in Modal: the next key must reach a page that knows that the dialog is closed.
        event.preventDefault();
        onClose();
      }}
      onKeyDown={onKeyDown}
    >
      <div className="viewer-bar">
        <p className="viewer-name" role="status">
          <span dir="auto">{picture.name}</span>
          {last > 0 && <small>{t.pictureOf(at + 1, pictures.length)}</small>}
        </p>
        <a
          className="icon-button"
          href={fileAddress(picture.id)}
          download={picture.name}
          aria-label={t.download(picture.name)}
          title={t.download(picture.name)}
          data-testid="download-picture"
        >
          <DownloadIcon />
        </a>
        <IconButton label={t.close} testId="close-viewer" onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click outside the picture closes, as Escape does */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the browser handles Escape */}
      <div
        className="viewer-stage"
        onClick={(event) => event.target === event.currentTarget && onClose()}
      >
        <LargePicture key={picture.id} picture={picture} />
      </div>
      {last > 0 && (
        <>
          <IconButton
            label={t.previousPicture}
            className="viewer-step previous"
            testId="previous-picture"
            inactive={at === 0}
            onClick={() => show(at - 1)}
          >
            <PreviousIcon size={24} />
          </IconButton>
          <IconButton
            label={t.nextPicture}
            className="viewer-step next"
            testId="next-picture"
            inactive={at === last}
            onClick={() => show(at + 1)}
          >
            <NextIcon size={24} />
          </IconButton>
        </>
      )}
    </dialog>
  );
}

/** Shows the small picture until the large one has come, or for good where the browser cannot show that format. */
function LargePicture({ picture }: { picture: Attachment }) {
  const { id, name, width, height } = picture;
  const fileAddress = useFileAddress();
  const [failed, setFailed] = useState(false);
  const preview = fileAddress(id, "preview");
  return (
    <img
      src={failed ? preview : fileAddress(id)}
      alt={name}
      {...(width && height ? { width, height } : {})}
      style={{ backgroundImage: `url("${preview}")` }}
      onError={() => setFailed(true)}
    />
  );
}
