import { type ReactNode, useEffect, useId, useRef } from "react";

interface ModalProps {
  title: string;
  className?: string;
  /** Whether Escape and a click outside do nothing, because something is running. */
  locked?: boolean;
  children: ReactNode;
  onClose: () => void;
}

/** A modal dialog that is open while mounted. Closing restores the focus. */
export function Modal({ title, className = "", locked = false, children, onClose }: ModalProps) {
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
      onCancel={(event) => {
        // Choosing no file is such an event, too.
        if (event.target !== dialog.current) return;
        // The browser would close the dialog first and say so later: keys in between would reach a button that does not
        // know it yet.
        event.preventDefault();
        if (!locked) onClose();
      }}
      onPointerDown={(event) => {
        pressedOutside.current = event.target === dialog.current;
      }}
      onClick={(event) => {
        if (!locked && pressedOutside.current && event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
