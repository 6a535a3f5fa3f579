import { useEffect, useRef, useState } from "react";
import { useI18n } from "../../i18n/useI18n";

interface ConfirmRowProps {
  question: string;
  /** What the button does that cannot be undone. */
  action: string;
  testId: string;
  onConfirm: () => Promise<unknown>;
  /** Called afterwards, and where nothing is to be done. */
  onClose: () => void;
}

/** Takes the place of a row in a list, and asks before something is removed. */
export function ConfirmRow({ question, action, testId, onConfirm, onClose }: ConfirmRowProps) {
  const { t } = useI18n();
  const [busy, setBusy] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <li className="unsaved" data-testid={testId}>
      <p>{question}</p>
      <span className="confirm-buttons">
        <button ref={keep} type="button" className="button small" onClick={onClose}>
          {t.cancel}
        </button>
        <button
          type="button"
          className="button small danger"
          data-testid={`confirm-${testId}`}
          disabled={busy}
          onClick={() => {
            setBusy(true);
            void onConfirm().finally(onClose);
          }}
        >
          {action}
        </button>
      </span>
    </li>
  );
}
