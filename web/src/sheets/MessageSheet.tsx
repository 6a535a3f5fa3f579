import { useEffect, useRef } from "react";
import { SelectIcon } from "../components/ui/icons";
import { Modal } from "../components/ui/Modal";
import { useI18n } from "../i18n/useI18n";

interface MessageSheetProps {
  message: HTMLElement;
  onClose: () => void;
}

const nameOf = (button: HTMLElement) => button.getAttribute("aria-label") ?? "";

const isOffered = (button: HTMLButtonElement) =>
  !button.disabled && button.getAttribute("aria-disabled") !== "true" && nameOf(button) !== "";

/** Selects the text of a message, so that the reader may change where the selection begins and ends. */
function selectText(message: HTMLElement): void {
  const text = message.querySelector(".bubble");
  if (text) getSelection()?.selectAllChildren(text);
}

/** The actions of a message at the lower edge of a phone: those of its own buttons, with their names. */
export default function MessageSheet({ message, onClose }: MessageSheetProps) {
  const { t } = useI18n();
  const buttons = [...message.querySelectorAll<HTMLButtonElement>(".actions button")];
  const run = (action: () => void) => {
    onClose();
    // After the sheet is closed, because menus and dialogs open above it.
    setTimeout(action);
  };
  return (
    <Modal title={t.messageActions} className="bottom-sheet" onClose={onClose}>
      <div className="sheet-items" data-testid="message-sheet">
        {buttons.filter(isOffered).map((button) => (
          <button
            key={`${button.dataset.testid} ${nameOf(button)}`}
            type="button"
            className="menu-item"
            data-action={button.dataset.testid}
            onClick={() => run(() => button.click())}
          >
            <IconOf button={button} />
            <span className="menu-title">{nameOf(button)}</span>
          </button>
        ))}
        <button
          type="button"
          className="menu-item"
          data-action="select-text"
          onClick={() => run(() => selectText(message))}
        >
          <span className="menu-icon">
            <SelectIcon />
          </span>
          <span className="menu-title">{t.selectText}</span>
        </button>
      </div>
    </Modal>
  );
}

/** Shows the picture of a button. */
function IconOf({ button }: { button: HTMLElement }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const icon = button.querySelector("svg")?.cloneNode(true);
    if (icon) place.current?.replaceChildren(icon);
  }, [button]);
  return <span className="menu-icon" aria-hidden="true" ref={place} />;
}
