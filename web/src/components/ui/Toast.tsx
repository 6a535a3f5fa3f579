import { useI18n } from "../../i18n/useI18n";
import { IconButton } from "./IconButton";
import { CloseIcon } from "./icons";

interface ToastProps {
  text: string;
  action?: { name: string; keys: string; onSelect: () => void };
  onClose: () => void;
  /** Called when the pointer or the focus enters or leaves the toast. */
  onHold: (held: boolean) => void;
}

/** A message that disappears after a while. The live region announces it as well. */
export function Toast({ text, action, onClose, onHold }: ToastProps) {
  const { t } = useI18n();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only extends its time
    <div
      className="toast"
      data-testid="toast"
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
      onFocus={() => onHold(true)}
      onBlur={() => onHold(false)}
    >
      <span dir="auto">{text}</span>
      {action && (
        <button
          type="button"
          className="toast-action"
          data-testid="undo"
          aria-keyshortcuts={action.keys}
          onClick={action.onSelect}
        >
          {action.name}
        </button>
      )}
      <IconButton label={t.close} className="small" onClick={onClose}>
        <CloseIcon size={16} />
      </IconButton>
    </div>
  );
}
