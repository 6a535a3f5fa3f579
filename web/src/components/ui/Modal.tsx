import { type ReactNode, useEffect, useId, useRef } from "react";

interface ModalProps {
  title: string;
  className?: string;
  children: ReactNode;
  onClose: () => void;
}

/** A dialog over everything else; mounted means open. The focus comes back to where it was. */
export function Modal({ title, className = "", children, onClose }: ModalProps) {
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // A selection that was drawn out of the dialog ends in a click on it, but did not begin outside.
  const pressedOutside = useRef(false);

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, and the browser's own
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
