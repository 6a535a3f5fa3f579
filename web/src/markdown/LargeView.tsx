import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { IconButton } from "../components/ui/IconButton";
import { CloseIcon } from "../components/ui/icons";
import { useI18n } from "../i18n/useI18n";

interface LargeViewProps {
  title: string;
  /** Buttons before the one that closes. */
  tools?: ReactNode;
  children: ReactNode;
  onKeyDown?: (event: KeyboardEvent) => void;
  onClose: () => void;
}

/** A dialog over the whole page with one table or diagram. Closing restores the focus. */
export function LargeView({ title, tools, children, onKeyDown, onClose }: LargeViewProps) {
  const { t } = useI18n();
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      className="large-view"
      aria-label={title}
      data-testid="large-view"
      onClose={onClose}
      onCancel={(event) => {
        // As in Modal: the next key must reach a page that knows that the dialog is closed.
        event.preventDefault();
        onClose();
      }}
      onKeyDown={onKeyDown}
    >
      <div className="large-view-bar">
        <p>{title}</p>
        {tools}
        <IconButton label={t.close} testId="close-large-view" onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </div>
      {children}
    </dialog>
  );
}
