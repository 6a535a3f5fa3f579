import { type ReactNode, useEffect, useId, useRef } from "react";
import { useI18n } from "../i18n/useI18n";

interface DialogProps {
  title: string;
  confirm: string;
  danger?: boolean;
  children: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}

/** A modal question with two answers; mounted means open. */
export function Dialog({ title, confirm, danger, children, onConfirm, onClose }: DialogProps) {
  const { t } = useI18n();
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={heading} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
          onClose();
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button
            type="submit"
            className={danger ? "button danger" : "button primary"}
            data-testid="confirm"
          >
            {confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}
