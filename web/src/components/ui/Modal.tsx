import { type ReactNode, useEffect, useId, useRef } from "react";

interface ModalProps {
  title: string;
  className?: string;
  children: ReactNode;
  onClose: () => void;
}

/** A modal dialog that is open while mounted. Closing restores the focus. */
export function Modal({ title, className = "", children, onClose }: ModalProps) {
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // Dragging a selection out of the dialog ends in a click on the backdrop, but does not begin there.
  const pressedOutside = useRef(false);

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser handles Escape
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={heading}
      onClose={onClose}
      onPointerDown={(event) => {
        pressedOutside.current = event.target === dialog.current;
      }}
      onClick={(event) => pressedOutside.current && event.target === dialog.current && onClose()}
    >
      <div className="dialog-body">
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
