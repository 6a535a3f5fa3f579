import { useI18n } from "../../i18n/useI18n";
import { IconButton } from "./IconButton";
import { CloseIcon } from "./icons";

interface ToastProps {
  text: string;
  action?: { name: string; keys: string; onSelect: () => void };
  onClose: () => void;
  /** The pointer or the focus is on it, or has left. */
  onHold: (held: boolean) => void;
}

/** A sentence that goes away by itself; the page's live region says it as well. */
export function Toast({ text, action, onClose, onHold }: ToastProps) {
  const { t } = useI18n();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: being on it only gives more time
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
