import type { ReactNode } from "react";
import { useI18n } from "../../i18n/useI18n";
import { Modal } from "./Modal";

interface DialogProps {
  title: string;
  confirm: string;
  danger?: boolean;
  children: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}

/** A dialog that asks for confirmation. */
export function Dialog({ title, confirm, danger, children, onConfirm, onClose }: DialogProps) {
  const { t } = useI18n();
  return (
    <Modal title={title} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
          onClose();
        }}
      >
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
    </Modal>
  );
}
